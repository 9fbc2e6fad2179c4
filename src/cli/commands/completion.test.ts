import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shells } from '../completion/scripts.ts';
import { fakeContext, type FakeContext } from '../fake-context.ts';
import { run } from '../run.ts';
import { findCommand } from '../table.ts';

async function completion(...argv: string[]): Promise<FakeContext & { readonly code: number }> {
  const context = fakeContext(['completion', ...argv]);
  return { ...context, code: await run(context) };
}

test('every shell has its script, which asks the program', async () => {
  for (const shell of shells) {
    const { code, stdout } = await completion(shell);
    assert.equal(code, 0);
    assert.match(stdout.text(), /^#.*registry-scraper\n/);
    assert.match(stdout.text(), /__complete.*--current=/);
    assert.doesNotMatch(stdout.text(), /PROGRAM|QUESTION|@\{/);
  }
});

test('the table names the shells that there are', () => {
  assert.deepEqual(findCommand('completion')?.argument?.choices, shells);
});

test('no shell, an unknown one, and several are refused', async () => {
  const none = await completion();
  assert.equal(none.code, 2);
  assert.match(
    none.stderr.text(),
    /^error: no shell was named \[USAGE\]\n {2}hint: name one of bash, zsh, fish, powershell$/m,
  );
  const unknown = await completion('bashh');
  assert.match(unknown.stderr.text(), /hint: did you mean "bash"\?/);
  assert.equal((await completion('bash', 'zsh')).code, 2);
});

test('its help says how to install it', async () => {
  const { stdout } = await completion('--help');
  assert.match(stdout.text(), /source <\(registry-scraper completion bash\)/);
});
