import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { digestOf } from '../oci/digest.ts';
import { collector } from './collect.ts';
import type { GraphBlob } from './graph.ts';

const digest = digestOf('sha256', 'ab'.repeat(32));
const alias = digestOf('sha512', 'cd'.repeat(64));
const blob: GraphBlob = { digest, digests: [digest], role: 'layer', size: 5, trail: 'manifest → layer 1' };

test('a blob that several ways lead to is there once, as it was first found, by all of its digests', () => {
  const found = collector('app');
  found.add(blob);
  found.add({ ...blob, digests: [digest, alias], trail: 'manifest → layer 2' });
  found.add({ ...blob, role: 'config' });
  assert.deepEqual(found.blobs(), [{ ...blob, digests: [digest, alias] }]);
});

test('descriptors that disagree on a size cannot both be right', () => {
  const found = collector('app');
  found.add(blob);
  assert.throws(
    () => found.add({ ...blob, size: 6 }),
    error => isScraperError(error, 'SIZE_INVALID') && error.message.endsWith(': 5 and 6 bytes'),
  );
});

test('layer links come first, once for each digest; others follow in the order in which they were asked for', () => {
  const found = collector('app');
  const revision = { kind: 'revisionLink', repository: 'app', digest } as const;
  found.link({ ...revision, target: digest });
  found.linkLayer({ ...blob, digests: [digest, alias] });
  found.linkLayer(blob);
  found.link({ ...revision, digest: alias, target: digest });
  assert.deepEqual(found.links(), [
    { kind: 'layerLink', repository: 'app', digest, target: digest },
    { kind: 'layerLink', repository: 'app', digest: alias, target: digest },
    { ...revision, target: digest },
    { ...revision, digest: alias, target: digest },
  ]);
});
