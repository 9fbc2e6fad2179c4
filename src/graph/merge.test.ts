import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../oci/digest.ts';
import type { GraphBlob } from './graph.ts';
import { mergeGraphs, nothing } from './merge.ts';

const [stored, other] = [digestOf('sha256', 'a'.repeat(64)), digestOf('sha512', 'b'.repeat(128))];
const blob: GraphBlob = { digest: stored, digests: [stored], role: 'layer', size: 1, trail: 'layer 1' };

test('what is named by two digests has to have both', () => {
  const graphs = [[stored], [stored, other], [other]].map(digests => ({
    ...nothing,
    blobs: [{ ...blob, digests }],
  }));
  const { blobs } = mergeGraphs({ ...nothing, mediaType: 'own' }, graphs);
  assert.deepEqual(blobs, [{ ...blob, digests: [stored, other] }]);
});

test('links and tags come once, and properties from the image’s own graph', () => {
  const link = { kind: 'layerLink', repository: 'app', digest: stored, target: stored } as const;
  const tag = { tag: '1', target: stored };
  const referrer = { digest: stored, subject: other, artifactType: 'a', tag: null };
  const own = {
    ...nothing,
    mediaType: 'own',
    platforms: ['linux/amd64'],
    leftPlatforms: ['a'],
    leftBytes: 7,
  };
  const more = {
    ...nothing,
    mediaType: 'other',
    leftBytes: 8,
    links: [link],
    tags: [tag],
    referrers: [referrer, { ...referrer, tag: 'a' }],
  };
  assert.deepEqual(mergeGraphs(own, [more, more]), {
    ...own,
    links: [link],
    tags: [tag],
    referrers: more.referrers,
  });
});
