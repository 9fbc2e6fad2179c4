import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyDigest, type Digest } from '../oci/digest.ts';
import { digestFor, inventoryOf } from '../testing/inventory.ts';
import { inventoryBuilder } from './builder.ts';

const [one, two, three] = [digestFor(1), digestFor(2), digestFor(3)];

test('tells which blobs a site has, and of which size', () => {
  const long = digestFor(1, 'sha512');
  const inventory = inventoryOf([
    { digest: one, size: 5 },
    { digest: long, size: 2 ** 40 },
    { digest: emptyDigest, size: 0 },
  ]);
  assert.deepEqual(inventory.totals, { blobs: 3, bytes: 2 ** 40 + 5, repositories: 0, tags: 0 });
  for (const [digest, size] of [
    [one, 5],
    [long, 2 ** 40],
    [emptyDigest, 0],
    [two, undefined],
    [digestFor(1, 'sha384'), undefined],
  ] as const)
    assert.equal(inventory.sizeOf(digest), size);
  assert.ok(inventory.has(one, 5));
  assert.ok(!inventory.has(one, 6));
  assert.ok(!inventory.has(two, 5));
});

test('finds each of very many blobs, and none beside them', () => {
  const blobs = Array.from({ length: 70_000 }, (_, index) => ({ digest: digestFor(index), size: index + 1 }));
  const inventory = inventoryOf(blobs);
  for (const { digest, size } of blobs) assert.equal(inventory.sizeOf(digest), size);
  for (let index = 70_000; index < 71_000; index += 1)
    assert.equal(inventory.sizeOf(digestFor(index)), undefined);
  const listed = [...inventory.blobs()];
  assert.deepEqual(
    listed,
    blobs.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
  );
});

test('lists tags in order, also those whose blob is missing', () => {
  const tags = [
    { repository: 'app', tag: '1.0', digest: one },
    { repository: 'app', tag: '1.0.1', digest: two },
    { repository: 'app', tag: 'latest', digest: one },
    { repository: 'app-x', tag: '1.0', digest: three },
    { repository: 'app/x', tag: '0', digest: digestFor(9, 'sha512') },
    { repository: 'b', tag: 'Z', digest: one },
    { repository: 'b', tag: '_', digest: one },
    { repository: 'b', tag: 'a', digest: one },
  ];
  const inventory = inventoryOf([{ digest: one, size: 1 }], tags.toReversed());
  assert.deepEqual([...inventory.tags()], tags);
  assert.deepEqual(inventory.totals, { blobs: 1, bytes: 1, repositories: 4, tags: 8 });
});

test('very many tags fit, of names as long as they can be', () => {
  const repository = 'r'.repeat(255);
  const tags = Array.from({ length: 3000 }, (_, index) => ({
    repository,
    tag: `${String(index).padStart(5, '0')}${'t'.repeat(123)}`,
    digest: digestFor(index, 'sha512'),
  }));
  assert.deepEqual([...inventoryOf([], tags).tags()], tags);
});

test('the digest depends on blobs and tags, and on nothing else', () => {
  const blobs = [one, two, three].map((digest, index) => ({ digest, size: index + 1 }));
  const tag = { repository: 'app', tag: '1', digest: two };
  const { digest } = inventoryOf(blobs, [tag]);
  assert.equal(inventoryOf(blobs.toReversed(), [tag]).digest, digest);
  const others = [
    inventoryOf(blobs),
    inventoryOf(blobs.slice(1), [tag]),
    inventoryOf(blobs, [{ ...tag, tag: '2' }]),
    inventoryOf(blobs, [{ ...tag, digest: one }]),
    inventoryOf([...blobs.slice(1), { digest: one, size: 7 }], [tag]),
  ];
  assert.equal(new Set([digest, ...others.map(other => other.digest)]).size, others.length + 1);
});

test('what cannot be a blob or a tag is refused, and leaves no trace', () => {
  const builder = inventoryBuilder();
  const [low, high] = [one, two].sort() as [Digest, Digest];
  assert.ok(builder.add({ digest: high, size: 1 }));
  for (const [digest, size] of [
    [low, 1],
    [high, 1],
    [digestFor(1, 'sha512'), 0],
    [digestFor(1, 'sha512'), -1],
    [digestFor(1, 'sha512'), 1.5],
    [digestFor(1, 'sha512'), Number.NaN],
    [digestFor(1, 'sha512'), Number.MAX_SAFE_INTEGER],
  ] as const)
    assert.ok(!builder.add({ digest, size }), `${digest} ${String(size)}`);
  assert.ok(builder.addTag('app', '2', high));
  for (const [repository, tag, target] of [
    ['app', '2', high],
    ['app', '1', high],
    ['App', '3', high],
    ['aaa', '3', high],
    ['app', '-3', high],
    ['app', '', high],
    ['', '3', high],
    ['app', '3', 1],
  ] as const)
    assert.ok(!builder.addTag(repository, tag, target), `${repository}:${tag}`);
  const inventory = builder.finish();
  assert.equal(
    inventory.digest,
    inventoryOf([{ digest: high, size: 1 }], [{ repository: 'app', tag: '2', digest: high }]).digest,
  );
});
