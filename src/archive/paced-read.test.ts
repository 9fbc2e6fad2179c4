import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory, type Tidied } from '../testing/temporary.ts';
import { pacedRead } from './paced-read.ts';

async function opened(t: Tidied): Promise<number> {
  const path = join(await temporaryDirectory(t), 'file');
  writeFileSync(path, '0123456789');
  const file = openSync(path, 'r');
  t.after(() => {
    closeSync(file);
    return Promise.resolve();
  });
  return file;
}

test('reads at once while the disk is fast, and in the pool for a while after it was slow', async t => {
  const file = await opened(t);
  let [time, step] = [0, 0];
  const read = pacedRead(() => (time += step));
  const into = Buffer.alloc(3);
  assert.equal(read(file, into, 2), 3);
  assert.equal(into.toString(), '234');
  step = 2;
  assert.equal(read(file, into, 8), 2);
  step = 0;
  for (let count = 0; count < 64; count++) {
    const answer = read(file, into, 5);
    assert.ok(answer instanceof Promise);
    assert.equal(await answer, 3);
  }
  assert.equal(into.toString(), '567');
  assert.equal(read(file, into, 10), 0);
});

test('lets others have their turn now and then', async t => {
  const file = await opened(t);
  let time = 0;
  const read = pacedRead(() => time);
  const into = Buffer.alloc(3);
  assert.equal(read(file, into, 0), 3);
  time = 9;
  assert.ok(read(file, into, 0) instanceof Promise);
  assert.equal(read(file, into, 0), 3);
});
