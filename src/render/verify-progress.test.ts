import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock, fakeStream } from './fakes.ts';
import { terminalFor } from './terminal.ts';
import { verifyProgress } from './verify-progress.ts';

function setUp({ isTTY = true, hashes = true, silent = false } = {}) {
  const stream = fakeStream({ isTTY, columns: 100 });
  const clock = fakeClock();
  const terminal = terminalFor(stream, {}, false);
  return { stream, clock, progress: verifyProgress({ terminal, clock, hashes, silent }) };
}

test('listing counts, hashing has a share, a rate and an end', () => {
  const { stream, clock, progress } = setUp();
  progress.observer.onBlobs(1200);
  clock.advance(100);
  assert.equal(stream.take(), '\rLooking at the storage: 1200 blobs\x1b[K');
  progress.observer.onListed({ blobs: 1200, bytes: 100_000_000 });
  for (let step = 0; step < 4; step += 1) {
    clock.advance(500);
    progress.observer.onBytes(10_000_000);
    progress.observer.onHashed(100);
  }
  stream.take();
  clock.advance(100);
  assert.match(
    stream.take(),
    /^\rVerifying {3}40% {2}[=-]+ {4}40 MB of 100 MB +\d+ MB\/s +0:0\d left {3}400\/1200 blobs\x1b\[K$/,
  );
  progress.stop();
  assert.equal(clock.running(), 0);
});

test('when all is hashed and links are not done, repositories are counted', () => {
  const { stream, clock, progress } = setUp();
  progress.observer.onListed({ blobs: 1, bytes: 10 });
  progress.observer.onBytes(10);
  progress.observer.onRepository('app');
  clock.advance(100);
  assert.equal(stream.take(), '\rLooking at the storage: 1 blob, 1 repository\x1b[K');
  progress.stop();
});

test('without hashing there is no share, and in a log a sentence now and then', () => {
  const { stream, clock, progress } = setUp({ isTTY: false, hashes: false });
  progress.observer.onListed({ blobs: 5, bytes: 0 });
  clock.advance(10_000);
  assert.equal(stream.take(), 'Looking at the storage: 5 blobs\n');
  progress.stop();
});

test('in a log, hashing is a sentence too', () => {
  const { stream, clock, progress } = setUp({ isTTY: false });
  progress.observer.onListed({ blobs: 5, bytes: 200 });
  progress.observer.onBytes(100);
  progress.observer.onHashed(1);
  clock.advance(10_000);
  assert.match(stream.take(), /^Verifying: 100 B of 200 B \(50%\), .*1 of 5 blobs done\n$/);
});

test('silent, it prints notes only', () => {
  const { stream, clock, progress } = setUp({ silent: true });
  progress.observer.onListed({ blobs: 5, bytes: 200 });
  clock.advance(10_000);
  progress.note(['a note']);
  assert.equal(stream.take(), 'a note\n');
});
