import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { formatPlatform, matchesPlatform, parsePlatform, readPlatform } from './platform.ts';

test('reads a platform as indexes and configs spell it', () => {
  const full = { os: 'windows', architecture: 'amd64', variant: 'v2', 'os.version': '10.0.1' };
  assert.deepEqual(readPlatform(full), {
    os: 'windows',
    architecture: 'amd64',
    variant: 'v2',
    osVersion: '10.0.1',
  });
  assert.deepEqual(readPlatform({ os: 'linux', architecture: 'arm64', variant: '' }), {
    os: 'linux',
    architecture: 'arm64',
  });
});

test('what names no platform has none', () => {
  const none = [
    null,
    7,
    'linux/amd64',
    {},
    { os: 'linux' },
    { os: '', architecture: '' },
    { os: 1, architecture: 2 },
  ];
  for (const value of [...none, { os: 'unknown', architecture: 'unknown' }])
    assert.equal(readPlatform(value), undefined);
});

test('parses what people write', () => {
  const cases: readonly [string, object][] = [
    ['linux/amd64', { os: 'linux', architecture: 'amd64' }],
    ['linux/arm/v7', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['Linux/AMD64', { os: 'linux', architecture: 'amd64' }],
    ['linux/x86_64', { os: 'linux', architecture: 'amd64' }],
    ['linux/aarch64', { os: 'linux', architecture: 'arm64' }],
    ['linux/armhf', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['windows/amd64:10.0.17763.1234', { os: 'windows', architecture: 'amd64', osVersion: '10.0.17763.1234' }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parsePlatform(text), expected, text);
});

test('refuses what is no platform, with an example', () => {
  for (const text of [
    '',
    'linux',
    'linux/',
    '/amd64',
    'linux/arm/v7/x',
    'linux amd64',
    'linux/amd64:',
    'a/b:../c',
  ]) {
    assert.throws(
      () => parsePlatform(text),
      error =>
        isScraperError(error, 'USAGE') &&
        error.message.includes(JSON.stringify(text)) &&
        error.details.hint !== undefined,
      text,
    );
  }
});

test('matches by the rules of OCI: a missing variant is the usual one', () => {
  const cases: readonly [string, string, boolean][] = [
    ['linux/amd64', 'linux/amd64', true],
    ['linux/amd64', 'windows/amd64', false],
    ['linux/amd64', 'linux/arm64', false],
    ['linux/arm64', 'linux/arm64/v8', true],
    ['linux/arm64/v8', 'linux/arm64', true],
    ['linux/arm64', 'linux/arm64/v9', false],
    ['linux/arm', 'linux/arm/v7', true],
    ['linux/arm', 'linux/arm/v6', false],
    ['linux/arm/v6', 'linux/arm', false],
    ['linux/amd64', 'linux/amd64/v3', false],
    ['linux/amd64/v1', 'linux/amd64', true],
    ['linux/riscv64', 'linux/riscv64', true],
    ['windows/amd64', 'windows/amd64:10.0.17763.1', true],
    ['windows/amd64:10.0.17763', 'windows/amd64:10.0.17763.1', true],
    ['windows/amd64:10.0.1', 'windows/amd64:10.0.17763.1', false],
    ['windows/amd64:10.0.17763', 'windows/amd64', false],
  ];
  for (const [wanted, found, expected] of cases) {
    assert.equal(
      matchesPlatform(parsePlatform(wanted), parsePlatform(found)),
      expected,
      `${wanted} and ${found}`,
    );
  }
});

test('is shown without its version', () => {
  assert.equal(formatPlatform(parsePlatform('windows/amd64:10.0.17763')), 'windows/amd64');
  assert.equal(formatPlatform(parsePlatform('linux/arm/v6')), 'linux/arm/v6');
});
