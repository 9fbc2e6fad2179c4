import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, type Digest } from '../oci/digest.ts';
import { diff, type Contents } from './diff.ts';

const digest = (n: number): Digest => digestOf('sha256', n.toString(16).padStart(64, '0'));

function contents(tags: Readonly<Record<string, number>>, blobs: Readonly<Record<number, number>>): Contents {
  return {
    tags: () =>
      Object.entries(tags).map(([name, target]) => {
        const [repository = '', tag = ''] = name.split(':');
        return { repository, tag, digest: digest(target) };
      }),
    blobs: () => Object.entries(blobs).map(([n, size]) => ({ digest: digest(Number(n)), size })),
  };
}

test('what is the same on both sides is the same', () => {
  const one = contents({ 'app:1': 1 }, { 1: 10, 2: 20 });
  const found = diff(one, contents({ 'app:1': 1 }, { 1: 10, 2: 20 }));
  assert.equal(found.same, true);
  assert.deepEqual(found.common, { blobs: 2, bytes: 30 });
  assert.equal(found.commonTags, 1);
  assert.equal(diff(contents({}, {}), contents({}, {})).same, true);
});

test('tags are added, removed and moved', () => {
  const found = diff(
    contents({ 'app:1': 1, 'app:2': 2, 'web:1': 3 }, {}),
    contents({ 'api:1': 3, 'app:1': 1, 'app:2': 4 }, {}),
  );
  assert.equal(found.same, false);
  assert.deepEqual(found.tags, [
    { repository: 'api', tag: '1', before: null, after: digest(3) },
    { repository: 'app', tag: '2', before: digest(2), after: digest(4) },
    { repository: 'web', tag: '1', before: digest(3), after: null },
  ]);
});

test('blobs are counted on either side, at both ends and between', () => {
  const found = diff(contents({}, { 1: 1, 3: 3, 4: 4 }), contents({}, { 2: 2, 3: 3, 5: 5, 6: 6 }));
  assert.deepEqual(found.removed, { blobs: 2, bytes: 5 });
  assert.deepEqual(found.added, { blobs: 3, bytes: 13 });
  assert.deepEqual(found.common, { blobs: 1, bytes: 3 });
  assert.equal(found.same, false);
  assert.deepEqual(diff(contents({}, {}), contents({}, { 7: 7 })).added, { blobs: 1, bytes: 7 });
});

test('a blob of another size is a difference of its own', () => {
  const found = diff(contents({}, { 1: 1 }), contents({}, { 1: 2 }));
  assert.deepEqual(found.resized, [{ digest: digest(1), before: 1, after: 2 }]);
  assert.equal(found.same, false);
});
