import assert from 'node:assert/strict';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { sharingImages } from '../../testing/sharing-images.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { fakeContext, type FakeContext } from '../fake-context.ts';
import { run } from '../run.ts';

async function place(t: TestContext): Promise<(...words: string[]) => Promise<FakeContext>> {
  const cwd = await temporaryDirectory(t);
  await sharingImages().registry.write(path.join(cwd, 'data'));
  return async (...words) => {
    const context = fakeContext(['__complete', ...words], { cwd, env: { HOME: cwd } });
    assert.equal(await run(context), 0);
    assert.equal(context.stderr.text(), '');
    return context;
  };
}

test('the first line says what to do with the others', async t => {
  const ask = await place(t);
  assert.equal(
    (await ask('--current=team/app:', 'ls', '-d', 'data')).stdout.text(),
    'space\nteam/app:1\t\nteam/app:2\t\nteam/app:both\t\n',
  );
  assert.equal((await ask('--current=--data-dir=x', 'ls')).stdout.text(), 'directories --data-dir=\n');
  assert.match((await ask('--current=--js')).stdout.text(), /^space\n--json\t.+\n$/);
});

test('a home directory may be written as a tilde', async t => {
  const ask = await place(t);
  assert.match((await ask('--current=te', 'ls', '-d', '~/data')).stdout.text(), /team\/app:1/);
});

test('a question never fails', async t => {
  const ask = await place(t);
  for (const words of [
    [],
    ['--current='],
    ['--current=x', '-d', 'nosuch'],
    ['--current=x', '-d', ''],
    ['--current=x', '--nope', '-x', '--sort', '--'],
    ['--current=\x1b[2J', 'inspect', '-d', 'data'],
    ['--current=a//b@@:', 'inspect', '-d', 'data'],
  ])
    assert.match((await ask(...words)).stdout.text(), /^(space|nospace)\n/);
});
