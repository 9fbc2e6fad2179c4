import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../oci/digest.ts';
import type { GraphBlob, ImageGraph } from './graph.ts';
import { sharedGraphs } from './share.ts';

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}` as Digest;
const blob = (letter: string, changes: Partial<GraphBlob> = {}): GraphBlob => ({
  digest: digest(letter),
  digests: [digest(letter)],
  role: 'layer',
  size: 10,
  trail: `manifest → layer ${letter}`,
  ...changes,
});

function graph(blobs: readonly GraphBlob[]): ImageGraph {
  const links = blobs.map(
    ({ digest }) => ({ kind: 'layerLink', repository: 'app', digest, target: digest }) as const,
  );
  const none = { platforms: [], leftPlatforms: [], leftBytes: 0, referrers: [], tags: [], fallbacks: [] };
  return { mediaType: 'type', ...none, blobs, links };
}

await test('a graph stays what it is', () => {
  const share = sharedGraphs();
  const other = digest('f');
  const differing: readonly Partial<GraphBlob>[] = [
    {},
    { role: 'config' },
    { size: 11 },
    { trail: 'index → manifest → layer a' },
    { digests: [digest('a'), other] },
    { digests: [other] },
    { inline: Buffer.from('{}') },
  ];
  for (const changes of differing) {
    const made = graph([blob('a', changes), blob('b')]);
    assert.deepEqual(share(made), made);
  }
});

await test('images that need the same blob in the same way share what is known of it', () => {
  const share = sharedGraphs();
  const [first] = share(graph([blob('a')])).blobs;
  assert.equal(share(graph([blob('b'), blob('a')])).blobs[1], first);
  assert.notEqual(share(graph([blob('a', { role: 'config' })])).blobs[0], first);
});
