import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { noLongerThan, settlesAtOnce, stoppableWaits } from './waiting.ts';

const never = (): Promise<never> => new Promise(() => undefined);

test('a wait ends with what it waits for, or with the reason of an abort', async () => {
  const stop = new AbortController();
  const { wait } = stoppableWaits(stop.signal);
  assert.equal(await wait(() => Promise.resolve(1)), 1);
  await assert.rejects(
    wait(() => Promise.reject(new Error('it failed'))),
    /it failed/,
  );
  const waiting = wait(never);
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(
    wait(() => assert.fail('it is not begun any more')),
    /enough/,
  );
});

test('many waits leave nothing behind on the signal', async () => {
  const { signal } = new AbortController();
  const { wait, end } = stoppableWaits(signal);
  for (let count = 0; count < 1000; count++) await wait(() => Promise.resolve());
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  end();
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('what needs no waiting settles at once, what needs it does not', async () => {
  assert.equal(await settlesAtOnce(Promise.resolve()), true);
  assert.equal(await settlesAtOnce(Promise.reject(new Error('it failed'))), true);
  const deep = async (): Promise<void> => {
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  };
  assert.equal(await settlesAtOnce(deep()), true);
  assert.equal(await settlesAtOnce(sleep(10_000, undefined, { ref: false })), false);
  assert.equal(await settlesAtOnce(never()), false);
});

test('a bounded wait ends in time, and never fails', async () => {
  await noLongerThan(60_000, Promise.resolve());
  await noLongerThan(60_000, Promise.reject(new Error('it failed')));
  await noLongerThan(10, never());
});
