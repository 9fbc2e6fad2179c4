import assert from 'node:assert/strict';
import test from 'node:test';
import { binaryName, generatorFor, platforms } from './platforms.ts';

test('every platform has a base with a full version and an integrity', () => {
  assert.deepEqual(
    platforms().map(platform => platform.name),
    ['linux-x64', 'linux-arm64', 'win-x64', 'macos-x64', 'macos-arm64'],
  );
  for (const { base } of platforms()) {
    assert.match(base.version, /^24\.\d+\.\d+$/);
    assert.match(base.integrity, /^sha512-/);
  }
});

test('a Linux machine has a generator for every base version that is not its own', () => {
  const [own] = platforms();
  for (const { base } of platforms()) {
    if (base.version !== own?.base.version) assert.ok(generatorFor('linux-x64', base.version), base.version);
  }
});

test('a Windows binary has the suffix that makes it one', () => {
  assert.equal(binaryName({ name: 'win-x64', os: 'win' }), 'registry-scraper-win-x64.exe');
  assert.equal(binaryName({ name: 'linux-arm64', os: 'linux' }), 'registry-scraper-linux-arm64');
});
