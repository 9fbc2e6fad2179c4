import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { buildRegistry } from '../../testing/registry.ts';
import { requirements } from '../../testing/requirements.ts';
import { mustRun, run } from '../../testing/run.ts';
import { typeIntoShell } from '../../testing/shell.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';

const main = path.resolve(import.meta.dirname, '../../main.ts');
const node = process.execPath;

/**
 * A directory with a registry in `data` and another one behind a name with a space, and in `bin` a program that answers
 * shells as the real one does, and otherwise prints its arguments in brackets.
 */
async function place(t: TestContext, shell: string): Promise<{ cwd: string; env: Record<string, string> }> {
  const cwd = await temporaryDirectory(t);
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  for (const tag of ['1.9', '1.10', 'latest']) app.image({ tag, layers: [10] });
  registry.repository('team/web').image({ tag: '2', layers: [10] });
  for (const directory of ['data', 'my data']) await registry.write(path.join(cwd, directory));
  await mkdir(path.join(cwd, 'bin'));
  const answers = `[ "$1" = __complete ] && exec '${node}' '${main}' "$@"`;
  const program = `#!/bin/sh\n${answers}\nprintf '[%s]' "$@"\necho\n`;
  await writeFile(path.join(cwd, 'bin/registry-scraper'), program, { mode: 0o755 });
  await writeFile(path.join(cwd, 'completion'), await mustRun(node, [main, 'completion', shell]));
  const PATH = `${path.join(cwd, 'bin')}${path.delimiter}${process.env['PATH'] ?? ''}`;
  return { cwd, env: { PATH, HOME: cwd } };
}

/** What is typed, and what the program is then called with. */
const typed: readonly (readonly [line: string, called: string])[] = [
  ['registry-scraper insp\tx', '[inspect][x]'],
  ['registry-scraper ls -d da\t', '[ls][-d][data]'],
  ['registry-scraper ls -d data team/app:la\t', '[ls][-d][data][team/app:latest]'],
  ['registry-scraper ls --data-dir=data te\tw\t', '[ls][--data-dir=data][team/web]'],
  ['registry-scraper ls --data-dir=da\t', '[ls][--data-dir=data]'],
  ['registry-scraper ls --sort cr\t-l', '[ls][--sort][created][-l]'],
  ['registry-scraper ls --sort=pu\t', '[ls][--sort=pushed]'],
  ['registry-scraper ls -d my\\ d\t', '[ls][-d][my data]'],
  ['registry-scraper ls -d my\\ data team/a\t:la\t', '[ls][-d][my data][team/app:latest]'],
  ['registry-scraper inspect --dat\tdata team/w\t --raw', '[inspect][--data-dir][data][team/web:2][--raw]'],
  ['registry-scraper ls -d nosuch te\t', '[ls][-d][nosuch][te]'],
];

const starts = {
  bash: { command: 'bash --norc --noprofile -i', setUp: "PS1='NEXT''LINE'; source completion" },
  zsh: {
    command: 'zsh -f -i',
    setUp: "PS1='NEXT''LINE'; autoload -U compinit; compinit -u -D; source completion",
  },
};

for (const [shell, { command, setUp }] of Object.entries(starts)) {
  const needs = requirements([shell, 'script', 'linux']);
  test(`${shell} completes the line as it is typed`, { skip: needs }, async t => {
    const { cwd, env } = await place(t, shell);
    const shown = await typeIntoShell({
      command,
      cwd,
      env: { ...env, PS1: 'NEXTLINE' },
      prompt: 'NEXTLINE',
      lines: [setUp, ...typed.map(([line]) => line)],
    });
    // zsh takes the slash behind a directory's name away again where no name follows
    const called = shown
      .split(/[\r\n]+/)
      .filter(line => line.startsWith('['))
      .map(line => line.replaceAll('/]', ']'));
    assert.deepEqual(
      called,
      typed.map(([, call]) => call),
      shown,
    );
  });
}

test('fish completes the line', { skip: requirements(['fish']) }, async t => {
  const { cwd, env } = await place(t, 'fish');
  const offered = async (line: string): Promise<readonly string[]> => {
    const script = 'source completion; complete -C "$argv[1]"';
    const text = await mustRun('fish', ['--no-config', '-c', script, line], { cwd, env });
    return text
      .split('\n')
      .slice(0, -1)
      .map(candidate => candidate.replace(/\t.*/, ''));
  };
  assert.deepEqual(await offered('registry-scraper insp'), ['inspect']);
  assert.deepEqual(await offered('registry-scraper ls -d data team/app:1'), [
    'team/app:1.10',
    'team/app:1.9',
  ]);
  assert.deepEqual(await offered('registry-scraper ls --data-dir=data team/w'), ['team/web', 'team/web:2']);
  assert.deepEqual(await offered('registry-scraper ls --sort=cr'), ['--sort=created']);
  assert.deepEqual(await offered('registry-scraper ls -d da'), ['data/']);
  assert.deepEqual(await offered('registry-scraper ls --data-dir=da'), ['--data-dir=data/']);
  assert.deepEqual(await offered('registry-scraper ls -d my\\ data team/app:l'), ['team/app:latest']);
});

for (const [shell, args] of [
  ['bash', ['-n']],
  ['zsh', ['-n']],
  ['fish', ['--no-config', '-n']],
] as const) {
  test(`${shell} finds nothing wrong with its script`, { skip: requirements([shell]) }, async t => {
    const { cwd } = await place(t, shell);
    const { status, stderr } = await run(shell, [...args, 'completion'], { cwd });
    assert.deepEqual([status, stderr], [0, '']);
  });
}
