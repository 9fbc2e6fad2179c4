import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginsLikeDigestTag, isDigestTag } from './digest-tag.ts';

const hex = '0123456789abcdef'.repeat(4);

test('knows tags that are named after a digest', () => {
  for (const tag of [
    `sha256-${hex}`,
    `sha256-${hex}.sig`,
    `sha256-${hex}.att`,
    `sha256-${hex}.sbom`,
    `sha256-${hex}-cosign.bundle`,
    `sha512-${hex}${hex}`,
    `sha512-${hex}`,
  ])
    assert.ok(isDigestTag(tag), tag);
  for (const tag of [
    'sha256-abc',
    'latest',
    `sha256_${hex}`,
    `sha1-${hex}`,
    `md-sha256-${hex}`,
    `sha256-${hex}x`,
  ])
    assert.ok(!isDigestTag(tag), tag);
});

test('knows patterns that must mean such a tag', () => {
  for (const pattern of ['sha256-*', 'sha256-0*.sig', 'sha512-??*']) assert.ok(beginsLikeDigestTag(pattern));
  for (const pattern of ['*', 'sha*', 'sha256', '*.sig', '[s]ha256-*'])
    assert.ok(!beginsLikeDigestTag(pattern));
});
