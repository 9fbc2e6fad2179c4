import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  count,
  digestVariants,
  formatBytes,
  formatClock,
  formatDate,
  formatDuration,
  formatRate,
  percent,
  platformVariants,
} from './format.ts';

test('bytes are decimal, as docker and podman print them', () => {
  assert.equal(formatBytes(0), '0 B');
  assert.equal(formatBytes(999), '999 B');
  assert.equal(formatBytes(1337), '1.34 kB');
  assert.equal(formatBytes(2 ** 31), '2.15 GB');
});

test('a rate needs time', () => {
  assert.equal(formatRate(1_000_000, 500), '2 MB/s');
  assert.equal(formatRate(1_000_000, 0), undefined);
});

test('durations are as exact as people want them', () => {
  const cases: [number, string][] = [
    [0, '0 ms'],
    [420.4, '420 ms'],
    [999.6, '1.0 s'],
    [4213, '4.2 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [3_599_600, '1 h 00 min'],
    [7_620_000, '2 h 07 min'],
  ];
  for (const [milliseconds, text] of cases) assert.equal(formatDuration(milliseconds), text);
});

test('time left is a clock, rounded up', () => {
  assert.equal(formatClock(0), '0:00');
  assert.equal(formatClock(6100), '0:07');
  assert.equal(formatClock(725_000), '12:05');
  assert.equal(formatClock(3_723_000), '1:02:03');
  assert.equal(formatClock(1e9), 'over a day');
});

test('one is singular, everything else plural, large numbers have commas', () => {
  assert.equal(count(0, 'image'), '0 images');
  assert.equal(count(1, 'image'), '1 image');
  assert.equal(count(2, 'index', 'indexes'), '2 indexes');
  assert.equal(count(9999, 'blob'), '9999 blobs');
  assert.equal(count(1_234_567, 'blob'), '1,234,567 blobs');
});

test('100 percent means that nothing is missing', () => {
  assert.equal(percent(999_999, 1_000_000), 99);
  assert.equal(percent(5, 5), 100);
  assert.equal(percent(0, 0), 100);
  assert.equal(percent(6, 5), 100);
});

test('platforms give way from all of them to how many', () => {
  assert.deepEqual(platformVariants([]), ['-']);
  assert.deepEqual(platformVariants(['linux/amd64']), ['linux/amd64']);
  assert.deepEqual(platformVariants(['linux/amd64', 'linux/arm64', 'linux/s390x']), [
    'linux/amd64, linux/arm64, linux/s390x',
    'linux/amd64, linux/arm64 +1',
    'linux/amd64 +2',
    '3 platforms',
  ]);
});

test('dates are in UTC, to the minute or the day', () => {
  const time = Date.parse('2026-01-02T03:04:59.999Z');
  assert.equal(formatDate(time, 'minute'), '2026-01-02 03:04');
  assert.equal(formatDate(time, 'day'), '2026-01-02');
  assert.equal(formatDate(0, 'day'), '1970-01-01');
  assert.equal(formatDate(8.64e15, 'minute'), '+275760-09-13 00:00');
});

test('a digest is shown short, or whole and then short where that leaves no room', () => {
  const hex = '0123456789abcdef'.repeat(4);
  assert.deepEqual(digestVariants(`sha256:${hex}`, false), ['sha256:0123456789ab', '0123456789ab']);
  assert.deepEqual(digestVariants(`sha512:${hex}${hex}`, true), [
    `sha512:${hex}${hex}`,
    'sha512:0123456789ab',
    '0123456789ab',
  ]);
});
