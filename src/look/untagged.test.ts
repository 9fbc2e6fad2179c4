import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceOf } from '../testing/look.ts';
import { buildRegistry } from '../testing/registry.ts';
import { sharingImages } from '../testing/sharing-images.ts';
import { untaggedRevisions } from './untagged.ts';

test('revisions that no tag points to, by digest', async () => {
  const { registry, app } = sharingImages();
  const lost = [app.image(), app.image()].map(({ digest }) => digest).sort();
  const found = await untaggedRevisions(sourceOf(registry), 'team/app', false);
  assert.deepEqual(
    found,
    lost.map(digest => ({ digest, partOf: [] })),
  );
});

test('those that an index lists know by which tags', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image();
  const nested = app.index([image]);
  const index = app.index([nested], { tag: '1.10' });
  app.tag('1.9', index);
  const alone = app.image();
  const found = await untaggedRevisions(sourceOf(registry), 'app', true);
  const partOf = new Map(found.map(revision => [revision.digest, revision.partOf]));
  assert.deepEqual(partOf.get(image.digest), ['1.9', '1.10']);
  assert.deepEqual(partOf.get(nested.digest), ['1.9', '1.10']);
  assert.deepEqual(partOf.get(alone.digest), []);
  assert.equal(found.length, 3);
});

test('deleted manifests and damaged tags do not stop it', async () => {
  const { registry, app, first, second, index } = sharingImages();
  app.deleteManifest(first);
  registry.replace(app.tagLink('both'), 'junk');
  registry.flipBit(second);
  const found = await untaggedRevisions(sourceOf(registry), 'team/app', true);
  assert.deepEqual(
    found.map(({ digest }) => digest),
    [index.digest],
  );
});
