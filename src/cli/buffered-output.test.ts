import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock, fakeStream } from '../render/fakes.ts';
import { bufferedOutput } from './buffered-output.ts';

function output(drained = (): Promise<void> => Promise.resolve()) {
  const stdout = fakeStream();
  const clock = fakeClock();
  return { stdout, clock, out: bufferedOutput({ stdout, clock, drained }) };
}

test('the first text goes out at once, the next when time has passed', async () => {
  const { stdout, clock, out } = output();
  await out.write('');
  await out.write('a\n');
  assert.equal(stdout.take(), 'a\n');
  await out.write('b\n');
  await out.write('c\n');
  assert.equal(stdout.take(), '');
  clock.advance(100);
  assert.equal(stdout.take(), 'b\nc\n');
});

test('much text goes out without waiting, in large pieces', async () => {
  const { stdout, out } = output();
  await out.write('first\n');
  stdout.take();
  for (let index = 0; index < 1000; index += 1) await out.write(`${'x'.repeat(63)}\n`);
  const sent = stdout.take().length;
  assert.ok(sent > 32_000 && sent < 64_000, String(sent));
  out.end();
  assert.equal(sent + stdout.take().length, 64_000);
});

test('the end sends out the rest and leaves no timer', async () => {
  const { stdout, clock, out } = output();
  await out.write('a');
  await out.write('b');
  out.end();
  assert.equal(stdout.text(), 'ab');
  assert.equal(clock.running(), 0);
});

test('a reader that is slow is waited for', async () => {
  let free: () => void = () => undefined;
  const { out } = output(() => new Promise(resolve => (free = resolve)));
  let written = false;
  const writing = out.write('a').then(() => (written = true));
  await Promise.resolve();
  assert.equal(written, false);
  free();
  await writing;
  assert.equal(written, true);
});
