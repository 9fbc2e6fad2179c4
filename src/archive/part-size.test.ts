import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { parsePartSize } from './part-size.ts';

test('sizes are read as the coreutils read them', () => {
  const expected: Readonly<Record<string, number>> = {
    '4.7GB': 4_700_000_000,
    '650MiB': 650 * 2 ** 20,
    '650M': 650 * 2 ** 20,
    '1G': 2 ** 30,
    '2T': 2 ** 41,
    '25 GB': 25_000_000_000,
    '100kB': 100_000,
    '100KB': 100_000,
    '64K': 65_536,
    '64KiB': 65_536,
    '0.5MiB': 524_288,
    '1.1MiB': 1_153_433,
    '65536': 65_536,
    '700000000B': 700_000_000,
    ' 1mib ': 2 ** 20,
  };
  for (const [text, bytes] of Object.entries(expected)) assert.equal(parsePartSize(text), bytes, text);
});

test('what is no size is refused, and says what one looks like', () => {
  for (const text of [
    '',
    'GB',
    '4,7GB',
    '-1G',
    '1e9',
    '4.7XB',
    '1 G B',
    '1MBi',
    '1PiB',
    '.5G',
    '5.G',
    'NaN',
  ]) {
    assert.throws(
      () => parsePartSize(text),
      error => isScraperError(error, 'USAGE') && error.message.includes('like 4.7GB or 650MiB'),
      text,
    );
  }
});

test('a size too small for any medium is refused; one without a unit probably lacks it', () => {
  for (const text of ['650', '0', '65535', '63K', '0.01MB']) {
    assert.throws(
      () => parsePartSize(text),
      error => {
        assert.ok(isScraperError(error, 'USAGE'));
        assert.match(error.message, /at least 65536 \(64KiB\)/);
        assert.equal(
          error.details.hint?.includes('650MiB'),
          text === '650' ? true : text === '0' || text === '65535' ? false : undefined,
        );
        return true;
      },
      text,
    );
  }
});

test('a size larger than any file is refused', () => {
  assert.throws(
    () => parsePartSize('99999999T'),
    error => isScraperError(error, 'USAGE'),
  );
});
