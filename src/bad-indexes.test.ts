import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { digestOf, type Digest } from './oci/digest.ts';
import { pathFor } from './registry/layout.ts';
import type { StorageDriver } from './storage/driver.ts';
import { testBadInput, type Situation } from './testing/bad-input.ts';
import type { Descriptor } from './testing/contents.ts';
import { mediaTypes } from './testing/media-types.ts';
import { buildRegistry } from './testing/registry.ts';
import type { Manifest, RepositoryBuilder } from './testing/repository.ts';
import { scrapeTree } from './testing/scrape.ts';

/** An index in an index, and so on; the image stands on the level below the last. */
function nested(app: RepositoryBuilder, levels: number): Manifest {
  let top: Manifest = app.image();
  for (let level = 0; level < levels; level += 1) top = app.index([top, top]);
  return top;
}

function sha(algorithm: 'sha256' | 'sha512', bytes: Uint8Array): Digest {
  return digestOf(algorithm, createHash(algorithm).update(bytes).digest('hex'));
}

for (const levels of [32, 100]) {
  testBadInput(`an index with ${String(levels)} levels below it`, {
    make: ({ app }) => app.tag('1.0', app.index([nested(app, levels - 1)])),
    code: 'MANIFEST_INVALID',
    exitCode: 4,
    says: [/^index: nests more than 32 levels deep/],
  });
}

test('an index that nests no deeper than anybody would is shipped', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.tag('1', nested(app, 31));
  const { report } = await scrapeTree(registry, 'app:1');
  assert.deepEqual(report.errors, []);
  assert.equal(report.totals.manifests, 32);
});

/** Puts bytes where the blob of `digest` should be, which no registry would do. */
function plant({ registry, app }: Situation, digest: Digest, body: object): void {
  registry.tree.set(pathFor({ kind: 'blob', digest }), Buffer.from(JSON.stringify(body)));
  registry.tree.set(app.revisionLink(digest), Buffer.from(digest));
}

const entry = (digest: Digest, size: number): Descriptor => ({
  mediaType: mediaTypes.oci.index,
  digest,
  size,
});
const indexOf = (...manifests: Descriptor[]): object => ({
  schemaVersion: 2,
  mediaType: mediaTypes.oci.index,
  manifests,
});

testBadInput('an index that lists itself', {
  make: situation => {
    const digest = digestOf('sha256', 'd'.repeat(64));
    plant(situation, digest, indexOf(entry(digest, 249)));
    situation.registry.tree.set(situation.app.tagLink('1.0'), Buffer.from(digest));
    return pathFor({ kind: 'blob', digest });
  },
  code: 'DIGEST_MISMATCH',
  exitCode: 4,
  says: [/^manifest: its bytes are not what its name says: expected sha256:dddd/],
});

testBadInput('an index that lists one which lists it', {
  make: situation => {
    const { registry, app } = situation;
    const [a, b] = [digestOf('sha256', 'a'.repeat(64)), digestOf('sha256', 'b'.repeat(64))];
    const size = JSON.stringify(indexOf(entry(a, 100))).length;
    plant(situation, a, indexOf(entry(b, size)));
    plant(situation, b, indexOf(entry(a, size)));
    app.index([entry(a, size)], { tag: '1.0' });
    return registry.pathOf({ stored: a });
  },
  code: 'DIGEST_MISMATCH',
  exitCode: 4,
  says: [/^index → index 1: its bytes are not what its name says: expected sha256:aaaa/],
});

testBadInput('an index that lists itself by an alias', {
  make: ({ registry, app }) => {
    const alias = digestOf('sha512', 'e'.repeat(128));
    const index = app.index([entry(alias, 301)], { tag: '1.0' });
    registry.tree.set(app.revisionLink(alias), Buffer.from(index.digest));
    assert.equal(index.size, 301);
    return registry.pathOf(index);
  },
  code: 'DIGEST_MISMATCH',
  exitCode: 4,
  says: [/^index → index 1: .*expected sha512:eeee/],
});

test('an index with 10,000 entries, most of which are missing, is shipped with one short warning', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image();
  const missing = Array.from({ length: 9999 }, (_, number) =>
    entry(sha('sha256', Buffer.from(String(number))), 100),
  );
  const index = app.index([image, ...missing], { tag: '1' });
  const { report, listing } = await scrapeTree(registry, 'app:1');
  assert.deepEqual(report.errors, []);
  const [{ code, message = '', digest } = {}, ...others] = report.warnings;
  assert.deepEqual([code, digest, others], ['SPARSE_INDEX', index.digest, []]);
  assert.match(message, /^index: the source lacks 9999 of 10000 entries \(index 2, .*…\)/);
  assert.ok(message.length < 300);
  assert.ok(listing.has(app.revisionLink(image)));
});

test('of the entries that an index lacks, the warning names up to five', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const missing = (count: number): Descriptor[] =>
    Array.from({ length: count }, (_, number) => entry(sha('sha256', Buffer.from(String(number))), 100));
  for (const count of [5, 6]) app.index([app.image(), ...missing(count)], { tag: String(count) });
  const { report } = await scrapeTree(registry, ['app:5', 'app:6']);
  const named = report.warnings.map(({ message = '' }) => /\((.*)\)/.exec(message)?.[1]);
  const five = 'index 2, index 3, index 4, index 5, index 6';
  assert.deepEqual(named, [five, `${five}, …`]);
});

test('an index with 10,000 entries, all of which are there, is planned whole', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const config = app.blob('{}');
  const children = Array.from({ length: 10_000 }, (_, number) =>
    app.image({ config, layers: [], annotations: { number: String(number) } }),
  );
  app.index(children, { tag: '1' });
  const { report } = await scrapeTree(registry, 'app:1', { dryRun: true });
  assert.deepEqual([report.errors, report.warnings], [[], []]);
  const { manifests, blobs, links } = report.totals;
  assert.deepEqual({ manifests, blobs, links }, { manifests: 10_001, blobs: 10_002, links: 10_004 });
});

test('a manifest that stands in many places is entered once, however slow the storage is', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const sparse = app.index([app.image({ stored: false })]);
  let top: Manifest = sparse;
  const levels = 6;
  for (let level = 0; level < levels; level += 1)
    top = app.index([sparse, ...Array.from({ length: 8 }, () => top)]);
  app.tag('1', top);
  const driver = registry.driver();
  let reads = 0;
  let bodies = 0;
  const slow: StorageDriver = {
    ...driver,
    read: async (path, limit) => {
      reads += 1;
      if (path.endsWith('/data')) bodies += 1;
      await new Promise(resolve => setImmediate(resolve));
      return driver.read(path, limit);
    },
  };
  const { report } = await scrapeTree(registry, 'app:1', { driver: slow });
  assert.deepEqual(
    report.warnings.map(({ code }) => code),
    ['SPARSE_INDEX'],
  );
  assert.equal(bodies, levels + 1);
  // besides, a link for each entry and little else
  assert.ok(reads < levels * 16, `${String(reads)} reads`);
});

test('a graph in which ways fork and meet again at every level costs no more than its nodes', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  let level: readonly Manifest[] = [app.image(), app.image()];
  for (let depth = 0; depth < 30; depth += 1) {
    const names = ['left', 'right'];
    level = names.map(name => app.index([...level], { annotations: { name } }));
  }
  app.index([...level], { tag: '1' });
  const { report } = await scrapeTree(registry, 'app:1');
  assert.deepEqual(report.errors, []);
  assert.equal(report.totals.manifests, 63);
});
