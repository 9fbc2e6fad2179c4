import assert from 'node:assert/strict';
import test from 'node:test';
import { missingRequirements, requirements } from './requirements.ts';

test('a test whose commands are all there is not skipped', () => {
  assert.equal(requirements(['node'], {}), false);
});

test('a missing command is a reason to skip that names the package to install', () => {
  assert.equal(
    requirements(['node', 'no-such-command'], {}),
    'needs no-such-command (Debian: apt-get install no-such-command)',
  );
});

test('a missing command is a failure where nothing may be skipped', () => {
  assert.throws(
    () => requirements(['no-such-command'], { REGISTRY_SCRAPER_REQUIRE_E2E: '1' }),
    /must not be skipped/,
  );
});

test('a requirement named twice is missing once', () => {
  assert.equal(missingRequirements(['no-such-command', 'no-such-command']).length, 1);
});
