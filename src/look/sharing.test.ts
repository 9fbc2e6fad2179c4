import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspected } from '../testing/look.ts';
import { buildRegistry } from '../testing/registry.ts';
import { sharingImages, sizeOf } from '../testing/sharing-images.ts';
import { MOST_COMPARED } from './sharing.ts';

test('what other images of the repository need too is shared, the rest its own', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const base = app.blob(3000);
  const image = app.image({ tag: '1', layers: [base, 700] });
  app.image({ tag: '2', layers: [base, 500] });
  app.image({ tag: '3', layers: [base] });
  app.image({ tag: '4', layers: [200] });
  const { sharing } = await inspected(registry, 'app:1');
  assert.deepEqual(
    [sharing.sharedBytes, sharing.ownBytes, sharing.otherImages, sharing.comparedImages],
    [base.size, sizeOf(image) - base.size, 3, 3],
  );
  assert.deepEqual([...sharing.sharedWith], [[base.digest, 2]]);
});

test('an image within an index shares all of itself with the index', async () => {
  const { registry, first } = sharingImages();
  const { sharing } = await inspected(registry, 'team/app:1');
  assert.deepEqual([sharing.sharedBytes, sharing.ownBytes], [sizeOf(first), 0]);
});

test('other tags of the same image, digest tags and damaged tags are no other images', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  app.tag('latest', image);
  app.signature(image);
  app.ghostTag('ghost');
  const { sharing } = await inspected(registry, 'app:1');
  assert.deepEqual([sharing.otherImages, sharing.sharedBytes], [0, 0]);
});

test('images that cannot be read share nothing', async () => {
  const { registry, second, index } = sharingImages();
  registry.flipBit(second);
  registry.remove(index);
  const { sharing } = await inspected(registry, 'team/app:1');
  assert.deepEqual([sharing.otherImages, sharing.sharedBytes], [2, 0]);
});

test('of very many others only the last are compared, and that is told', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const base = app.blob(1000);
  for (let tag = 0; tag <= MOST_COMPARED + 1; tag += 1) app.image({ tag: `1.${tag}`, layers: [base] });
  const { sharing } = await inspected(registry, 'app:1.0');
  assert.deepEqual([sharing.otherImages, sharing.comparedImages], [MOST_COMPARED + 1, MOST_COMPARED]);
  assert.equal(sharing.sharedWith.get(base.digest), MOST_COMPARED);
});
