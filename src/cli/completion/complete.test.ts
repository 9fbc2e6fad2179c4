import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands, generalOptions, optionsOf } from '../table.ts';
import { complete, type Completion } from './complete.ts';

/** Completes the last of the words; references are answered with what was asked. */
async function completed(...words: string[]): Promise<Completion & { readonly words: readonly string[] }> {
  const completion = await complete(words.slice(0, -1), words.at(-1) ?? '', (word, dataDir, bare) =>
    Promise.resolve({
      words: [`${word}<${dataDir ?? 'usual'}>`, ...(bare ? [word] : [])],
      partial: word.endsWith('/'),
    }),
  );
  return { ...completion, words: completion.candidates.map(({ word }) => word) };
}

const names = commands.map(({ name }) => name);

test('the first word may be a command or, for the default one, a reference', async () => {
  assert.deepEqual((await completed('')).words, names);
  assert.deepEqual((await completed('ins')).words, ['inspect', 'ins<usual>']);
  assert.deepEqual((await completed('app', '')).words, ['<usual>']);
  assert.deepEqual((await completed('scrape', 'l')).words, ['l<usual>']);
});

test('commands may stand behind options', async () => {
  assert.deepEqual((await completed('-q', 'l')).words, ['ls', 'l<usual>']);
  assert.deepEqual((await completed('-d', 'data', 'l')).words, ['ls', 'l<data>']);
});

test('what a command takes is completed, and no more than it takes', async () => {
  assert.deepEqual((await completed('completion', '')).words, ['bash', 'zsh', 'fish', 'powershell']);
  assert.deepEqual((await completed('completion', 'bash', '')).words, []);
  assert.deepEqual((await completed('help', '')).words, names);
  assert.deepEqual((await completed('inspect', 'app', '')).words, []);
  assert.deepEqual((await completed('ls', 'app', 'web')).words, ['web<usual>', 'web']);
  assert.deepEqual((await completed('app', '--exclude', 'web')).words, ['web<usual>', 'web']);
});

test('options are those of the command, each once, but for what may be repeated', async () => {
  const { words } = await completed('ls', '--');
  assert.ok(words.includes('--long') && words.includes('--color') && words.includes('--no-color'));
  assert.ok(!words.includes('--output') && !words.includes('--progress') && words.includes('--no-progress'));
  assert.ok(!(await completed('ls', '-l', '--')).words.includes('--long'));
  assert.ok((await completed('ls', '--exclude', 'x', '--')).words.includes('--exclude'));
  assert.deepEqual((await completed('ls', '--dig')).words, ['--digests']);
});

test('where the command may still come, options of all commands are offered', async () => {
  const { words } = await completed('--');
  for (const flag of ['--output', '--raw', '--untagged']) assert.ok(words.includes(flag), flag);
});

test('every option of every command is offered', async () => {
  for (const command of commands) {
    const { words } = await completed(command.name, '-');
    for (const { flags, negatable } of [...optionsOf(command), ...generalOptions])
      if (negatable !== 'only')
        assert.ok(
          flags.some(flag => words.includes(flag)),
          flags[0],
        );
  }
});

test('options say what they do', async () => {
  const { candidates } = await completed('inspect', '--ra');
  assert.deepEqual(candidates, [
    { word: '--raw', description: "print the manifest's bytes, proved, and nothing else" },
  ]);
});

test('values of options are completed, behind a space or an equals sign', async () => {
  assert.deepEqual((await completed('ls', '--sort', '')).words, ['name', 'size', 'created', 'pushed']);
  assert.deepEqual((await completed('ls', '--sort=s')).words, ['--sort=size']);
  assert.deepEqual((await completed('ls', '--exclude', 'te')).words, ['te<usual>', 'te']);
  assert.deepEqual((await completed('ls', '--semver', '')).words, []);
  assert.deepEqual((await completed('ls', '--long=')).words, []);
  assert.deepEqual((await completed('ls', '--nosuch=')).words, []);
});

test('names of files and directories are left to the shell', async () => {
  for (const words of [
    ['ls', '-d', 'x'],
    ['app', '-o', 'x'],
    ['app', '--output-dir', 'x'],
  ]) {
    const { directive, prefix } = await completed(...words);
    assert.deepEqual([directive, prefix], ['directories', '']);
  }
  const { directive, prefix } = await completed('ls', '--data-dir=x');
  assert.deepEqual([directive, prefix], ['directories', '--data-dir=']);
  assert.equal((await completed('ls', '--from', 'x')).directive, 'files');
});

test('references come out of the data directory that the line names', async () => {
  assert.deepEqual((await completed('scrape', '-d', 'a', 'x')).words, ['x<a>']);
  assert.deepEqual((await completed('ls', '--data-dir=b', 'x')).words, ['x<b>', 'x']);
  assert.deepEqual((await completed('inspect', '--data-dir', 'c', 'x')).words, ['x<c>']);
});

test('after two hyphens everything is an argument', async () => {
  assert.deepEqual((await completed('--', 'l')).words, ['l<usual>']);
  assert.deepEqual((await completed('inspect', '--', '--')).words, ['--<usual>']);
});

test('what may be gone on with gets no space', async () => {
  assert.equal((await completed('ls', 'team/')).directive, 'nospace');
  assert.equal((await completed('ls', 'team')).directive, 'space');
});
