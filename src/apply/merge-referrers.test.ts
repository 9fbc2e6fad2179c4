import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../oci/digest.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import { pathFor } from '../registry/layout.ts';
import { memorySink, type MemoryOutput } from '../sink/memory.ts';
import type { Sink } from '../sink/sink.ts';
import { memoryDriver, type MemoryEntry } from '../storage/memory.ts';
import { referrersTag } from '../testing/artifacts.ts';
import type { Image } from '../testing/image.ts';
import { mediaTypes } from '../testing/media-types.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import type { Manifest, RepositoryBuilder } from '../testing/repository.ts';
import { scrapeTree } from '../testing/scrape.ts';
import { listTree } from '../testing/tree.ts';
import { verifyDriver } from '../testing/verify.ts';
import { apply, type ApplyOptions, type ApplyReport } from './apply.ts';

const driverOver = (tree: MemoryOutput): ApplyOptions['target'] =>
  memoryDriver(new Map<string, MemoryEntry>(tree));

async function bring(
  bundle: Pick<RegistryBuilder, 'driver'>,
  site: MemoryOutput,
  settings: Partial<ApplyOptions> = {},
): Promise<ApplyReport> {
  return apply({
    open: () => Promise.resolve({ driver: bundle.driver() }),
    ...{ target: driverOver(site), sink: memorySink(site) },
    ...{ onExistingTag: 'overwrite', dryRun: false, verifyExisting: false },
    ...{ signal: new AbortController().signal, observer: {}, now: () => 0 },
    ...settings,
  });
}

interface Sides {
  readonly sender: RegistryBuilder;
  readonly app: RepositoryBuilder;
  readonly image: Image;
  /** What the sender attached. */
  readonly sent: Image;
  /** What the site attached to the same image. */
  readonly own: Image;
  readonly site: MemoryOutput;
  readonly tag: string;
}

/** Makes a list of referrers as clients do: without platforms, in the order in which they were attached. */
function list(app: RepositoryBuilder, image: Image, referrers: readonly Manifest[], more = {}): Manifest {
  return app.index(referrers, { tag: referrersTag(image), overrides: more });
}

/** An image that the site has from the sender, to which both attached something since. */
function sides(siteList: readonly ('own' | 'sent')[] = ['own'], more = {}): Sides {
  const sender = buildRegistry('sender');
  const app = sender.repository('app');
  const image = app.image({ tag: '1' });
  const siteRegistry = buildRegistry('sender');
  const there = siteRegistry.repository('app');
  const same = there.image({ tag: '1' });
  assert.equal(same.digest, image.digest);
  const sent = app.artifact({ subject: image, layers: [{ content: 'sent' }] });
  const sentThere = there.artifact({ subject: same, layers: [{ content: 'sent' }] });
  assert.equal(sentThere.digest, sent.digest);
  const own = there.artifact({ subject: same, layers: [{ content: 'of the site' }] });
  list(app, image, [sent]);
  list(
    there,
    same,
    siteList.map(one => (one === 'own' ? own : sentThere)),
    more,
  );
  if (!siteList.includes('sent')) siteRegistry.remove(there.revisionLink(sentThere));
  const site = new Map(
    [...siteRegistry.tree].flatMap(([path, entry]) =>
      entry instanceof Uint8Array ? [[path, Buffer.from(entry)] as const] : [],
    ),
  );
  return { sender, app, image, sent, own, site, tag: referrersTag(image) };
}

const tagIn = (site: MemoryOutput, tag: string): string =>
  site.get(pathFor({ kind: 'tagLink', repository: 'app', tag }))?.toString() ?? '';

/** Digests that a tag's index lists. */
function listed(site: MemoryOutput, tag: string): readonly string[] {
  const index = site.get(pathFor({ kind: 'blob', digest: tagIn(site, tag) as Digest }))?.toString() ?? '{}';
  const { manifests = [] } = JSON.parse(index) as { manifests?: readonly { digest: string }[] };
  return manifests.map(({ digest }) => digest);
}

test('referrers that the site attached stay listed, before those that come', async () => {
  const { sender, sent, own, site, tag } = sides(['own'], { annotations: { by: 'the site' } });
  const before = tagIn(site, tag);
  const report = await bring(sender, site);
  assert.deepEqual([report.errors, report.warnings], [[], []]);
  assert.deepEqual(listed(site, tag), [own.digest, sent.digest]);
  const [moved] = report.movedTags;
  assert.deepEqual(moved, {
    ...{ repository: 'app', tag, before, after: tagIn(site, tag), kept: false, merged: true },
  });
  const index = site.get(pathFor({ kind: 'blob', digest: tagIn(site, tag) as Digest }))?.toString() ?? '';
  assert.deepEqual((JSON.parse(index) as { annotations: unknown }).annotations, { by: 'the site' });
  const { totals } = await verifyDriver(driverOver(site));
  assert.deepEqual([totals.damaged, totals.missing], [0, 0]);
});

test('applying again changes nothing, nor does a bundle of a part of it', async () => {
  const { sender, site, app, image } = sides();
  await bring(sender, site);
  const once = listTree(site);
  const again = await bring(sender, site);
  assert.deepEqual([again.errors, again.movedTags, again.totals.copiedBytes], [[], [], 0]);
  assert.ok(again.images.every(({ status }) => status === 'present'));
  assert.deepEqual(listTree(site), once);
  const narrower = app.tagLink(referrersTag(image));
  sender.remove(app.revisionLink((sender.tree.get(narrower) as Buffer).toString() as Digest));
  list(app, image, []);
  assert.deepEqual((await bring(sender, site)).movedTags, []);
  assert.deepEqual(listTree(site), once);
});

test('a list that comes with all that the site lists takes its place, byte by byte', async () => {
  const { sender, site, app, image, sent, tag } = sides(['sent']);
  const more = app.artifact({ subject: image, layers: [{ content: 'more' }] });
  const list = app.index([more, sent], { tag });
  const report = await bring(sender, site);
  assert.deepEqual([report.errors, report.movedTags[0]?.merged], [[], true]);
  assert.equal(tagIn(site, tag), list.digest);
});

test('a list that a scrape made, of a source that has none, is merged in the same way', async () => {
  const { sender, site, app, sent, own, tag } = sides();
  sender.remove(pathFor({ kind: 'tag', repository: 'app', tag }));
  app.artifact({ subject: sent, layers: [5] });
  const { output } = await scrapeTree(sender, 'app:1', { referrers: {} });
  const report = await bring({ driver: () => driverOver(output) }, site);
  assert.deepEqual(report.errors, []);
  assert.deepEqual(listed(site, tag), [own.digest, sent.digest]);
});

test('a dry run tells what the run does, and writes nothing', async () => {
  const { sender, site } = sides();
  const before = listTree(site);
  const dry = await bring(sender, site, { dryRun: true });
  assert.deepEqual(listTree(site), before);
  assert.deepEqual(dry.movedTags, (await bring(sender, site)).movedTags);
});

test('a tag that the image does not lead to, because a pattern would not find it, is merged too', async () => {
  const { sender, site, app, tag, own, sent } = sides();
  sender.remove(app.tagLink('1'));
  sender.remove(app.revisionLink(sides().image));
  const report = await bring(sender, site);
  assert.deepEqual(report.errors, []);
  assert.deepEqual(listed(site, tag), [own.digest, sent.digest]);
});

test('where existing tags are kept, so is this one; where they fail, only one that lacks something does', async () => {
  const kept = sides();
  const before = tagIn(kept.site, kept.tag);
  const { movedTags, errors } = await bring(kept.sender, kept.site, { onExistingTag: 'keep' });
  assert.deepEqual([errors, movedTags.map(one => [one.tag, one.kept])], [[], [[kept.tag, true]]]);
  assert.equal(tagIn(kept.site, kept.tag), before);

  const failing = sides();
  const failed = await bring(failing.sender, failing.site, { onExistingTag: 'fail' });
  assert.deepEqual(
    failed.errors.map(({ code }) => code),
    ['TAG_EXISTS'],
  );
  const whole = sides(['own', 'sent']);
  assert.deepEqual((await bring(whole.sender, whole.site, { onExistingTag: 'fail' })).errors, []);
});

test('a tag of this name that is no list of referrers, on either side, is moved as any other', async () => {
  for (const somebody of ['site', 'sender'] as const) {
    const { sender, site, app, image, tag, sent } = sides();
    const other = buildRegistry('other').repository('app');
    const platforms = [other.image({ platform: 'linux/arm64', stored: false }).descriptor];
    if (somebody === 'sender') app.index(platforms, { tag });
    else {
      const body = { schemaVersion: 2, mediaType: mediaTypes.oci.index, manifests: platforms };
      const made = buildRegistry('site').repository('app').manifest(body);
      site.set(pathFor({ kind: 'blob', digest: made.digest }), made.bytes);
      site.set(pathFor({ kind: 'tagLink', repository: 'app', tag }), Buffer.from(made.digest));
    }
    const report = await bring(sender, site);
    assert.deepEqual(report.errors, []);
    assert.equal(report.movedTags[0]?.merged, undefined);
    assert.deepEqual(listed(site, tag), somebody === 'sender' ? [platforms[0]?.digest] : [sent.digest]);
    assert.equal(tagIn(site, '1'), image.digest);
  }
});

test('a list of the site that is damaged is told of, and replaced', async () => {
  const { sender, site, tag, sent } = sides();
  site.set(pathFor({ kind: 'blob', digest: tagIn(site, tag) as Digest }), Buffer.from('{}'));
  const report = await bring(sender, site);
  assert.deepEqual(
    report.warnings.map(({ code }) => code),
    ['FALLBACK_TAG_DAMAGED'],
  );
  assert.deepEqual(listed(site, tag), [sent.digest]);
});

test('what would make the list too large for a registry leaves it as it is, and that is told', async () => {
  const big = { annotations: { note: 'x'.repeat(MAX_MANIFEST_BYTES - 400) } };
  const { sender, site, tag, own } = sides(['own'], big);
  const report = await bring(sender, site);
  assert.deepEqual([report.errors, report.warnings.map(({ code }) => code)], [[], ['REFERRER_UNLISTED']]);
  assert.deepEqual(listed(site, tag), [own.digest]);
});

test('what the site attaches while blobs are written is not taken off the list', async () => {
  const { sender, site, tag, sent, own } = sides();
  const sink = memorySink(site);
  const link = pathFor({ kind: 'tagLink', repository: 'app', tag });
  const attached = sides(['own', 'sent'], { annotations: { at: 'the same time' } }).site;
  const later = tagIn(attached, tag);
  const index = attached.get(pathFor({ kind: 'blob', digest: later as Digest }));
  assert.ok(index);
  const attaching: Sink = {
    ...sink,
    async writeBlob(blob) {
      site.set(pathFor({ kind: 'blob', digest: later as Digest }), index);
      site.set(link, Buffer.from(later));
      return sink.writeBlob(blob);
    },
  };
  const report = await bring(sender, site, { sink: attaching });
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['REGISTRY_CHANGED'],
  );
  assert.equal(tagIn(site, tag), later);
  assert.deepEqual((await bring(sender, site)).errors, []);
  assert.deepEqual(listed(site, tag), [own.digest, sent.digest]);
});
