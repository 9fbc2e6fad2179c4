import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { unlessAborted } from './unless-aborted.ts';

const never = new Promise<never>(() => undefined);

test('gives what was waited for, or fails as it does, and leaves no listener', async () => {
  const { signal } = new AbortController();
  assert.equal(await unlessAborted(Promise.resolve(1), signal), 1);
  await assert.rejects(unlessAborted(Promise.reject(new Error('no')), signal), /^Error: no$/);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('ends with the signal, also with one that came before', async () => {
  const controller = new AbortController();
  const waiting = unlessAborted(never, controller.signal);
  const reason = new Error('stop');
  controller.abort(reason);
  await assert.rejects(waiting, error => error === reason);
  await assert.rejects(unlessAborted(Promise.resolve(1), controller.signal), error => error === reason);
});
