import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Observer } from '../observer.ts';
import type { Plan, PlannedImage } from '../plan.ts';
import { fakeClock, fakeStream } from './fakes.ts';
import { progressLine } from './progress-line.ts';
import { liveProgress, noProgress, plainProgress, type Progress } from './progress.ts';
import { trackProgress, type ProgressState } from './progress-state.ts';
import { terminalFor } from './terminal.ts';
import { displayWidth } from './text.ts';

const image: PlannedImage = {
  requested: 'app:1',
  repository: 'app',
  tag: '1',
  digest: 'sha256:00' as PlannedImage['digest'],
  mediaType: '',
  platforms: [],
  ...{ name: 'app', reasons: [], leftPlatforms: [], leftBytes: 0, referrers: [] },
  blobs: [],
  links: [],
  lackingLinks: [],
  directories: [],
  bytes: 0,
  sharedBytes: 0,
  baseBytes: 0,
  present: false,
};
const plan: Plan = {
  images: [image, image],
  blobs: [],
  totals: {
    images: 2,
    manifests: 2,
    blobs: 8,
    links: 12,
    bytes: 300_000_000,
    presentBytes: 100_000_000,
    baseBlobs: 0,
    baseBytes: 0,
  },
};

function setUp(
  make: typeof liveProgress,
  { isTTY = true, columns = 100, rehashes = false, waits = false } = {},
) {
  const stream = fakeStream({ isTTY, columns });
  const clock = fakeClock();
  const terminal = terminalFor(stream, { LANG: 'C.UTF-8' }, false);
  const progress = make({ terminal, clock, verb: 'Copying', rehashes, waits });
  const observer: Required<Pick<Observer, 'onResolve' | 'onScan' | 'onPlan' | 'onBytes' | 'onImage'>> = {
    onScan: count => progress.observer.onScan?.(count),
    onResolve: (done, total) => progress.observer.onResolve?.(done, total),
    onPlan: made => progress.observer.onPlan?.(made),
    onBytes: count => progress.observer.onBytes?.(count),
    onImage: done => progress.observer.onImage?.(done),
  };
  return { stream, clock, progress, observer };
}

/** What a terminal shows in the end: lines, and the one being redrawn. */
function screen(output: string): string[] {
  return output.split('\n').map(line =>
    line
      .split('\r')
      .reduce((shown, part) => (part === '' ? shown : part.replaceAll('\x1b[K', '')), '')
      .trimEnd(),
  );
}

test('nothing is drawn for what takes less than 100 ms', () => {
  const { stream, clock, progress, observer } = setUp(liveProgress);
  observer.onPlan(plan);
  clock.advance(99);
  progress.stop();
  clock.advance(10_000);
  assert.equal(stream.text(), '');
  assert.equal(clock.running(), 0);
});

test('one line shows share, bytes, rate, time left and images', () => {
  const { stream, clock, observer } = setUp(liveProgress);
  observer.onPlan(plan);
  for (let step = 0; step < 20; step += 1) {
    clock.advance(100);
    observer.onBytes(5_000_000);
  }
  observer.onImage(image);
  clock.advance(100);
  assert.deepEqual(screen(stream.text()), [
    'Copying   50%  ━━━━━━━━━━━━━━───────────────   100 MB of 200 MB  47.6 MB/s  0:03 left  1/2 images',
  ]);
});

test('the line is redrawn in place and gone in the end', () => {
  const { stream, clock, progress, observer } = setUp(liveProgress);
  observer.onPlan(plan);
  clock.advance(300);
  const drawn = stream.take();
  assert.equal(drawn.split('\r').length, 4);
  assert.ok(!drawn.includes('\n'));
  progress.stop();
  assert.equal(stream.take(), '\r\x1b[K');
  clock.advance(1000);
  assert.equal(stream.take(), '');
});

test('warnings stand above the line', () => {
  const { stream, clock, progress, observer } = setUp(liveProgress);
  observer.onPlan(plan);
  clock.advance(100);
  progress.note(['warning: one', '  hint: two']);
  assert.deepEqual(screen(stream.text()).slice(0, 2), ['warning: one', '  hint: two']);
  assert.match(screen(stream.text())[2] ?? '', /^Copying {4}0%/);
  progress.stop();
  progress.note(['warning: three']);
  assert.deepEqual(screen(stream.text()), ['warning: one', '  hint: two', 'warning: three', '']);
});

test('resolving shows, so that a large selection does not look dead', () => {
  const { stream, clock, observer } = setUp(liveProgress);
  clock.advance(100);
  assert.deepEqual(screen(stream.take()), ['Resolving ...']);
  observer.onResolve(120, 300);
  clock.advance(100);
  assert.deepEqual(screen(stream.take()), ['Resolving: 120 of 300 references']);
});

test('a long search for referrers shows that it goes on', () => {
  const live = setUp(liveProgress);
  live.observer.onScan(34_567);
  live.clock.advance(100);
  assert.deepEqual(screen(live.stream.take()), ['Resolving: 34,567 manifests searched for referrers']);
  live.observer.onResolve(3, 40);
  live.clock.advance(100);
  assert.deepEqual(screen(live.stream.take()), [
    'Resolving: 3 of 40 references, 34,567 manifests searched for referrers',
  ]);
  const plain = setUp(plainProgress, { isTTY: false });
  plain.observer.onScan(1);
  plain.clock.advance(10_000);
  assert.equal(plain.stream.take(), 'Resolving: 1 manifest searched for referrers\n');
});

test('where somebody may be typing nothing is drawn before there is something to tell', () => {
  const { stream, clock, observer } = setUp(liveProgress, { waits: true });
  clock.advance(60_000);
  assert.equal(stream.text(), '');
  observer.onResolve(0, 2);
  clock.advance(100);
  assert.deepEqual(screen(stream.take()), ['Resolving: 0 of 2 references']);
});

test('the line fits the terminal, whatever its width, also after it changed', () => {
  const { stream, clock, observer } = setUp(liveProgress);
  observer.onPlan(plan);
  observer.onBytes(123_456_789);
  clock.advance(2000);
  for (let columns = 200; columns >= 1; columns -= 1) {
    stream.columns = columns;
    stream.take();
    clock.advance(100);
    const [line = ''] = screen(stream.take());
    assert.ok(displayWidth(line) <= Math.max(columns - 3, 1), `${String(columns)}: ${line}`);
  }
});

test('narrow terminals lose the bar first, then the images, then the verb', () => {
  const state: ProgressState = {
    phase: 'transferring',
    resolved: 0,
    references: 0,
    scanned: 0,
    bytes: 5e9,
    totalBytes: 20e9,
    images: 3,
    totalImages: 12,
    rate: 250e6,
  };
  const { colors } = terminalFor(fakeStream(), {}, false);
  const at = (width: number): string =>
    progressLine(state, { colors, unicode: false, width, verb: 'Linking' });
  assert.equal(at(79), 'Linking   25%  ==--------     5 GB of 20 GB   250 MB/s  1:00 left   3/12 images');
  assert.equal(at(70), 'Linking   25%     5 GB of 20 GB   250 MB/s  1:00 left   3/12 images');
  assert.equal(at(62), 'Linking   25%     5 GB of 20 GB   250 MB/s  1:00 left');
  assert.equal(at(50), ' 25%     5 GB of 20 GB   250 MB/s  1:00 left');
  assert.equal(at(40), ' 25%     5 GB of 20 GB   250 MB/s');
  assert.equal(at(10), ' 25%');
});

test('the rate follows the last seconds', () => {
  const clock = fakeClock();
  const tracker = trackProgress(() => clock.now(), false);
  tracker.observer.onPlan(plan);
  const run = (seconds: number, bytesPerSecond: number): number | undefined => {
    for (let step = 0; step < seconds * 10; step += 1) {
      clock.advance(100);
      tracker.observer.onBytes(bytesPerSecond / 10);
    }
    return tracker.state().rate;
  };
  assert.equal(tracker.state().rate, undefined);
  assert.ok(Math.abs((run(30, 1e6) ?? 0) - 1e6) < 5e4);
  assert.ok(Math.abs((run(10, 4e6) ?? 0) - 4e6) < 2e5);
  assert.ok((run(20, 0) ?? 1) < 1);
});

test('blobs that are there count only when they are read again', () => {
  const total = (rehashes: boolean): number => {
    const tracker = trackProgress(() => 0, rehashes);
    tracker.observer.onPlan(plan);
    return tracker.state().totalBytes;
  };
  assert.equal(total(false), 200_000_000);
  assert.equal(total(true), 300_000_000);
});

test('without a terminal there is a line every ten seconds at most', () => {
  const { stream, clock, observer, progress } = setUp(plainProgress, { isTTY: false });
  observer.onResolve(3, 40);
  clock.advance(9999);
  assert.equal(stream.take(), '');
  clock.advance(1);
  assert.equal(stream.take(), 'Resolving: 3 of 40 references\n');
  observer.onPlan(plan);
  clock.advance(5000);
  observer.onBytes(50_000_000);
  observer.onImage(image);
  clock.advance(5000);
  assert.equal(stream.take(), 'Copying: 50 MB of 200 MB (25%), 5 MB/s, 0:30 left, 1 of 2 images done\n');
  clock.advance(30_000);
  assert.equal(stream.take().split('\n').length, 4);
  progress.stop();
  clock.advance(30_000);
  assert.equal(stream.take(), '');
});

test('without progress only notes are shown', () => {
  const stream = fakeStream({ isTTY: true });
  const progress: Progress = noProgress(terminalFor(stream, {}, false));
  progress.observer.onPlan?.(plan);
  progress.note(['warning: one']);
  progress.stop();
  assert.equal(stream.text(), 'warning: one\n');
});
