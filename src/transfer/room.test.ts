import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRoomForThread } from './room.ts';

/** A system that says this of the limit, and of what is taken. */
const system =
  (limit: string, kilobytes: number) =>
  (file: string): string =>
    file.endsWith('limits')
      ? `Limit                     Soft Limit           Hard Limit           Units     \nMax address space         ${limit.padEnd(20)} unlimited            bytes     \n`
      : `Name:\tnode\nVmPeak:\t 9999999 kB\nVmSize:\t ${String(kilobytes)} kB\n`;

test('without a limit on address space, and where the system does not tell, a thread has room', () => {
  checkRoomForThread();
  checkRoomForThread(() => '');
  checkRoomForThread(system('unlimited', 90_000_000));
  checkRoomForThread(system(String(2 * 2 ** 30), 1_300_000));
});

test('where too little is left, what there is and what is taken are told', () => {
  assert.throws(() => checkRoomForThread(system(String(1400 * 2 ** 20), 1300 * 1024)), {
    message: 'of 1400 MiB of address space (ulimit -v) 1300 MiB are taken already',
  });
});
