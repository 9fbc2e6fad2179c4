import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BundleBlob } from '../bundle/manifest.ts';
import { ScraperError } from '../errors.ts';
import { emptyDigest, type Digest } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import { memorySink, type MemoryOutput } from '../sink/memory.ts';
import type { Sink } from '../sink/sink.ts';
import { memoryDriver, type MemoryEntry } from '../storage/memory.ts';
import { referrersTag } from '../testing/artifacts.ts';
import { livingDriver } from '../testing/living.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import { scrapeTree } from '../testing/scrape.ts';
import { listTree, type Listing } from '../testing/tree.ts';
import { checkBase } from './contents.ts';
import { apply, type ApplyOptions, type ApplyReport } from './apply.ts';

interface Applied {
  readonly report: ApplyReport;
  readonly target: MemoryOutput;
  readonly listing: Listing;
}

interface Settings extends Partial<Omit<ApplyOptions, 'target'>> {
  readonly base?: readonly BundleBlob[];
}

const targetDriver = (target: MemoryOutput): ApplyOptions['target'] =>
  memoryDriver(new Map<string, MemoryEntry>(target));

/** Brings everything of `source` into `target`, as a plain call of the program would. */
async function bring(
  source: Pick<RegistryBuilder, 'driver'>,
  target: MemoryOutput,
  { base = [], sink = memorySink(target), ...settings }: Settings = {},
): Promise<Applied> {
  const report = await apply({
    async open() {
      await checkBase(sink, base);
      return { driver: source.driver() };
    },
    target: targetDriver(target),
    sink,
    ...{ onExistingTag: 'overwrite', dryRun: false, verifyExisting: false },
    ...{ signal: new AbortController().signal, observer: {}, now: () => 0 },
    ...settings,
  });
  return { report, target, listing: listTree(target) };
}

const tagOf = (target: MemoryOutput, repository: string, tag: string): string | undefined =>
  target.get(pathFor({ kind: 'tagLink', repository, tag }))?.toString();
const codes = ({ report }: Applied): readonly string[] => report.errors.map(({ code }) => code);
/** A scraped registry, as a tree of its own. */
async function scraped(registry: RegistryBuilder, ...references: readonly string[]): Promise<MemoryOutput> {
  const { report, output } = await scrapeTree(registry, references, { referrers: {} });
  assert.deepEqual(report.errors, []);
  return output;
}
const over = (tree: MemoryOutput): Pick<RegistryBuilder, 'driver'> => ({ driver: () => targetDriver(tree) });

test('what was scraped arrives as it is, with indexes, artifacts, nested repositories and referrers', async () => {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  const index = app.index([app.image({ platform: 'linux/amd64' }), app.image({ platform: 'linux/arm64' })], {
    tag: '1',
  });
  app.signature(index);
  app.artifact({ subject: index, artifactType: 'application/spdx+json' });
  registry.repository('team/app/sub').image({ tag: 'x' });
  const untagged = registry.repository('other').image({});
  const bundle = await scraped(registry, 'team/app:1', 'team/app/sub:x', `other@${untagged.digest}`);
  const applied = await bring(over(bundle), new Map());
  assert.deepEqual(codes(applied), []);
  assert.deepEqual(applied.listing, listTree(bundle));
  assert.deepEqual(
    applied.report.images.map(({ requested }) => requested),
    [`other@${untagged.digest}`, 'team/app:1', 'team/app/sub:x'],
  );
  assert.equal(applied.report.command, 'apply');
  const again = await bring(over(bundle), applied.target);
  assert.equal(again.report.totals.copiedBytes, 0);
  assert.ok(again.report.images.every(({ status }) => status === 'present'));
});

test('digest tags and manifests that nothing leads to come along, children of untagged indexes once', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const index = app.index([app.image({}), app.image({})], {});
  const orphan = app.image({});
  app.tag(`${referrersTag(orphan)}.sig`, app.image({}));
  app.tag(`sha256-${'0'.repeat(64)}`, app.image({}));
  const applied = await bring(registry, new Map());
  assert.deepEqual(codes(applied), []);
  const requested = applied.report.images.map(one => one.requested);
  assert.ok(requested.includes(`app@${index.digest}`) && requested.includes(`app@${orphan.digest}`));
  assert.equal(requested.length, 4);
  assert.ok(tagOf(applied.target, 'app', `sha256-${'0'.repeat(64)}`));
});

test('a delta is walked together with what the target has, and counts on it', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const shared = app.blob(5000);
  app.image({ tag: '1', layers: [shared] });
  const target = await scraped(registry, 'app:1');
  app.image({ tag: '2', layers: [shared, 100] });
  const whole = await scraped(registry, 'app:2');
  const delta = new Map(whole);
  delta.delete(pathFor({ kind: 'blob', digest: shared.digest }));
  const base: BundleBlob[] = [{ digest: shared.digest, size: shared.size }];
  const applied = await bring(over(delta), new Map(target), { base });
  assert.deepEqual(codes(applied), []);
  assert.deepEqual(applied.listing, listTree(new Map([...target, ...whole])));
  assert.equal(applied.report.totals.skippedBytes, shared.size);

  const empty = await bring(over(delta), new Map(), { base });
  assert.deepEqual(codes(empty), ['BASE_INCOMPLETE']);
  assert.match(empty.report.errors[0]?.message ?? '', new RegExp(shared.digest));
  assert.equal(empty.target.size, 0);
  const undeclared = await bring(over(delta), new Map());
  assert.deepEqual(codes(undeclared), ['BLOB_UNKNOWN']);
  assert.equal(undeclared.target.size, 0);

  const lost = new Map(target);
  lost.set(pathFor({ kind: 'blob', digest: shared.digest }), Buffer.alloc(shared.size - 1));
  assert.deepEqual(codes(await bring(over(delta), lost, { base })), ['BASE_INCOMPLETE']);
});

/** A target whose tag `app:1` is about to move. */
async function moving(): Promise<{ bundle: MemoryOutput; target: MemoryOutput; old: Digest; new: Digest }> {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const old = app.image({ tag: '1' });
  app.image({ tag: 'same' });
  const target = await scraped(registry, 'app:1', 'app:same');
  const next = app.image({ tag: '1' });
  return { bundle: await scraped(registry, 'app:1', 'app:same'), target, old: old.digest, new: next.digest };
}

test('a tag that points elsewhere is moved, and both digests are told', async () => {
  const { bundle, target, old, new: next } = await moving();
  const dry = await bring(over(bundle), target, { dryRun: true });
  const moved = [{ repository: 'app', tag: '1', before: old, after: next, kept: false }];
  assert.deepEqual(dry.report.movedTags, moved);
  assert.equal(tagOf(dry.target, 'app', '1'), old);
  const applied = await bring(over(bundle), target);
  assert.deepEqual(applied.report.movedTags, moved);
  assert.equal(tagOf(applied.target, 'app', '1'), next);
  assert.ok(
    applied.target.has(pathFor({ kind: 'tagHistoryLink', repository: 'app', tag: '1', digest: next })),
  );
});

test('a tag that points elsewhere is kept when that is wanted, and its image comes along untagged', async () => {
  const { bundle, target, old, new: next } = await moving();
  const applied = await bring(over(bundle), target, { onExistingTag: 'keep' });
  assert.deepEqual(codes(applied), []);
  assert.equal(tagOf(applied.target, 'app', '1'), old);
  assert.deepEqual(applied.report.movedTags, [
    { repository: 'app', tag: '1', before: old, after: next, kept: true },
  ]);
  assert.ok(
    !applied.target.has(pathFor({ kind: 'tagHistoryLink', repository: 'app', tag: '1', digest: next })),
  );
  assert.ok(applied.target.has(pathFor({ kind: 'revisionLink', repository: 'app', digest: next })));
});

test('a tag that points elsewhere stops everything when that is wanted', async () => {
  const { bundle, target, old, new: next } = await moving();
  const before = listTree(target);
  const applied = await bring(over(bundle), target, { onExistingTag: 'fail' });
  assert.deepEqual(codes(applied), ['TAG_EXISTS']);
  assert.match(applied.report.errors[0]?.message ?? '', new RegExp(`app:1.*${old}.*${next}`));
  assert.deepEqual(applied.listing, before);
});

/** A sink in which a push moves `app:1` when the image's blobs are there, and before its tag is. */
function pushedMeanwhile(target: MemoryOutput, to: Digest): Sink {
  const sink = memorySink(target);
  return {
    ...sink,
    async publish(directories, files) {
      await sink.publish(directories, files);
      const link = pathFor({ kind: 'tagLink', repository: 'app', tag: '1' });
      if (directories.length > 0 && !target.has(link)) target.set(link, Buffer.from(to));
    },
  };
}

test('a tag that a push moves meanwhile is treated as one that was there before', async () => {
  const policies = [
    ['overwrite', undefined],
    ['keep', undefined],
    ['fail', 'TAG_EXISTS'],
  ] as const;
  for (const [onExistingTag, code] of policies) {
    const { bundle, new: next } = await moving();
    const target: MemoryOutput = new Map();
    const sink = pushedMeanwhile(target, emptyDigest);
    const applied = await bring(over(bundle), target, { sink, onExistingTag });
    assert.deepEqual(codes(applied), code === undefined ? [] : [code]);
    assert.equal(tagOf(target, 'app', '1'), onExistingTag === 'overwrite' ? next : emptyDigest);
    if (code === undefined) assert.equal(applied.report.movedTags[0]?.before, emptyDigest);
  }
});

test('nothing is written when anything in the bundle is not whole', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.image({ tag: 'good' });
  const bad = app.image({ tag: 'bad' });
  registry.remove(bad.layer(0));
  const applied = await bring(registry, new Map());
  assert.deepEqual(codes(applied), ['BLOB_UNKNOWN']);
  assert.equal(applied.report.errors[0]?.reference, 'app:bad');
  assert.equal(applied.target.size, 0);
});

test('a damaged blob fails its image, whose tag does not show up', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const bad = app.image({ tag: 'bad', layers: [3000] });
  registry.flipBit(bad.layer(0));
  const applied = await bring(registry, new Map());
  assert.deepEqual(codes(applied), ['DIGEST_MISMATCH']);
  assert.equal(tagOf(applied.target, 'app', 'bad'), undefined);
});

test('what the target has is taken for good, unless it is to be hashed again', async () => {
  const registry = buildRegistry();
  const image = registry.repository('app').image({ tag: '1', layers: [4000] });
  const bundle = await scraped(registry, 'app:1');
  const path = pathFor({ kind: 'blob', digest: image.layer(0).digest });
  const target = new Map(bundle).set(path, Buffer.alloc(4000));
  assert.equal((await bring(over(bundle), target)).report.totals.copiedBytes, 0);
  const verified = await bring(over(bundle), target, { verifyExisting: true });
  assert.equal(verified.report.totals.copiedBytes, 4000);
  assert.deepEqual(verified.listing, listTree(bundle));
});

test('stopped, it says so and can be run again', async () => {
  const registry = buildRegistry();
  registry.repository('app').image({ tag: '1' });
  const bundle = await scraped(registry, 'app:1');
  const signal = AbortSignal.abort(new ScraperError('INTERRUPTED', 'interrupted'));
  const applied = await bring(over(bundle), new Map(), { signal });
  assert.deepEqual(codes(applied), ['INTERRUPTED']);
  assert.equal(applied.target.size, 0);
});

test('what opening it wrote is told, also when it fails, and counts neither twice nor as less than nothing', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.image({ tag: '1', layers: [4000] });
  const bundle = await scraped(registry, 'app:1');
  const { digest: lost } = app.image({ tag: '2', layers: [500] }).layer(0);
  const size = [...bundle].reduce(
    (sum, [path, entry]) => sum + (path.endsWith('/data') ? entry.length : 0),
    0,
  );
  const blobs = (): MemoryOutput => new Map([...bundle].filter(([path]) => path.endsWith('/data')));
  const cases = [
    [over(bundle), blobs(), undefined, [], [size, 0]],
    [registry, blobs(), lost, ['BLOB_UNKNOWN'], [size, 0]],
  ] as const;
  for (const [source, target, missing, expected, totals] of cases) {
    if (missing) registry.remove({ stored: missing });
    const applied = await bring(source, target, {
      open: watch => {
        watch.onWritten(size);
        return Promise.resolve({ driver: source.driver() });
      },
    });
    assert.deepEqual(codes(applied), expected);
    const { copiedBytes, skippedBytes } = applied.report.totals;
    assert.deepEqual([copiedBytes, skippedBytes], totals);
  }
  const cut = await bring(registry, new Map(), {
    open: watch => {
      watch.onWritten(123);
      return Promise.reject(new ScraperError('ARCHIVE_TRUNCATED', 'it ends'));
    },
  });
  assert.deepEqual([codes(cut), cut.report.totals.copiedBytes], [['ARCHIVE_TRUNCATED'], 123]);
});

test('what vanishes from a registry in use while it is copied is told as a scrape tells it', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1', layers: [300] });
  const lost = registry.pathOf(image.layer(0));
  const driver = livingDriver(registry);
  const collecting: typeof driver = {
    ...driver,
    async *stream(path) {
      if (path === lost) {
        app.deleteManifest(image);
        registry.remove(image.layer(0));
      }
      yield* driver.stream(path);
    },
  };
  const before = await scrapeTree(registry, 'app:1', { driver: collecting });
  app.tag('1', image);
  registry.tree.set(app.revisionLink(image), Buffer.from(image.digest));
  registry.tree.set(lost, image.layer(0).contents);
  const { report } = await bring({ driver: () => collecting }, new Map());
  assert.match(report.errors[0]?.message ?? '', /^the registry changed while it was read: .* is gone now$/);
  assert.deepEqual(report.errors, before.report.errors);
});
