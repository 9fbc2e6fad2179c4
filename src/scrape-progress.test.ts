import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor, ScraperError } from './errors.ts';
import type { Observer } from './observer.ts';
import { parsePath } from './registry/layout.ts';
import { memorySink, type MemoryOutput } from './sink/memory.ts';
import { scrapeTree } from './testing/scrape.ts';
import { assertServable } from './testing/servable.ts';
import { sharingImages, sizeOf } from './testing/sharing-images.ts';

/** An output that remembers in which order its entries showed up, and looks at it after each. */
class WatchedOutput extends Map<string, Uint8Array | 'directory'> {
  readonly order: string[] = [];
  override set(path: string, entry: Uint8Array | 'directory'): this {
    super.set(path, entry);
    this.order.push(path);
    assertServable(this);
    return this;
  }
}

test('at every moment, the output serves all that it names', async () => {
  const { registry, index, app } = sharingImages();
  app.index([index, app.image({ platform: 'linux/s390x' })], { tag: 'nested' });
  app.schema1({ tag: 'old', signature: 'linked' });
  app.image({ tag: 'alias', layers: [{ content: 90, algorithm: 'sha512' }] });
  const output = new WatchedOutput();
  const tags = ['1', '2', 'both', 'nested', 'old', 'alias'];
  const { report } = await scrapeTree(
    registry,
    tags.map(tag => `team/app:${tag}`),
    { output },
  );
  assert.deepEqual(report.errors, []);
  assert.ok(output.order.length > 50);
});

test('publishes layers, children, parents, the history of the tag and then the tag', async () => {
  const { registry, app, index, first, second } = sharingImages();
  const output = new WatchedOutput();
  await scrapeTree(registry, 'team/app:both', { output });
  const kinds = output.order.map(path => parsePath(path)?.kind ?? path);
  const inOrder = ['blob', 'layers', 'uploads', 'layerLink', 'revisionLink', 'tagHistoryLink', 'tagLink'];
  assert.deepEqual(
    kinds,
    [...kinds].sort((a, b) => inOrder.indexOf(a) - inOrder.indexOf(b)),
  );
  const revisions = output.order.filter(path => parsePath(path)?.kind === 'revisionLink');
  assert.deepEqual(
    revisions,
    [first, second, index].map(manifest => app.revisionLink(manifest)),
  );
});

test('publishes an image as soon as it is whole, and links nothing of one that is not', async () => {
  const { registry, app, first } = sharingImages();
  registry.flipBit(first.layer(1));
  const { report, output } = await scrapeTree(registry, ['team/app:1', 'team/app:2'], { keepGoing: true });
  assert.deepEqual(
    report.images.map(({ status }) => status),
    ['failed', 'copied'],
  );
  assertServable(output);
  assert.ok(!output.has(app.revisionLink(first)) && !output.has(app.tagLink('1')));
  assert.ok(!output.has(app.layerLink(first.layer(1))) && !output.has(registry.pathOf(first.layer(1))));
});

test('counts bytes: of each image, of what images share, of everything once', async () => {
  const { registry, first, second, index } = sharingImages();
  const { report } = await scrapeTree(registry, ['team/app:1', 'team/app:2']);
  const [one, two] = [sizeOf(first), sizeOf(second)];
  assert.deepEqual(
    report.images.map(({ bytes, sharedBytes }) => ({ bytes, sharedBytes })),
    [
      { bytes: one, sharedBytes: 3000 },
      { bytes: two, sharedBytes: 3000 },
    ],
  );
  const bytes = one + two - 3000;
  // manifest, config, own layer of both, and the common layer; each has 3 layer links, a revision and two of the tag
  const totals = { images: 2, manifests: 2, blobs: 7, links: 11, bytes, durationMs: 0 };
  const copied = { copiedBytes: bytes, skippedBytes: 0, linkedBytes: 0 };
  assert.partialDeepStrictEqual(report.totals, { ...totals, ...copied });

  const all = (await scrapeTree(registry, ['team/app:1', 'team/app:2', 'team/app:both'])).report;
  assert.deepEqual(all.images.at(-1)?.bytes, bytes + index.size);
  assert.deepEqual(all.images.at(-1)?.sharedBytes, bytes);
  assert.equal(all.images[0]?.sharedBytes, one);
  assert.equal(all.totals.bytes, bytes + index.size);
});

test('refuses what does not fit before the first byte is written', async () => {
  const { registry, first } = sharingImages();
  const needed = sizeOf(first);
  for (const [free, ok] of [
    [needed - 1, false],
    [needed, true],
  ] as const) {
    const output: MemoryOutput = new Map();
    const sink = { ...memorySink(output), freeBytes: () => Promise.resolve(free) };
    const { report } = await scrapeTree(registry, 'team/app:1', { output, sink });
    assert.equal(report.ok, ok);
    if (ok) continue;
    const [{ code, message = '', hint } = {}] = report.errors;
    assert.deepEqual([code, output.size, exitCodeFor(report.errors)], ['NO_SPACE', 0, 1]);
    assert.ok(message.includes(String(free)) && message.includes(String(needed)) && hint, message);
    // what is there already needs no space
    const { output: whole } = await scrapeTree(registry, 'team/app:1');
    const full = { ...memorySink(whole), freeBytes: () => Promise.resolve(0) };
    assert.equal((await scrapeTree(registry, 'team/app:1', { output: whole, sink: full })).report.ok, true);
  }
});

test('stops when it is told to, links nothing that is not whole, and goes on from there', async () => {
  const { registry } = sharingImages();
  const { listing } = await scrapeTree(registry, 'team/app:both');
  const reason = new ScraperError('TERMINATED', 'terminated');
  // after so many bytes
  for (const after of [0, 1, 3000, 4000, 5000]) {
    const stop = new AbortController();
    let left = after;
    const observer: Observer = {
      onPlan() {
        if (after === 0) stop.abort(reason);
      },
      onBytes(count) {
        left -= count;
        if (left <= 0) stop.abort(reason);
      },
    };
    const { report, output } = await scrapeTree(registry, 'team/app:both', { signal: stop.signal, observer });
    assert.deepEqual([exitCodeFor(report.errors), report.errors.length], [143, 1]);
    assertServable(output);
    const kinds = new Set([...output.keys()].map(path => parsePath(path)?.kind));
    kinds.delete('blob');
    assert.deepEqual([...kinds], kinds.size === 0 ? [] : ['repositories']);
    const again = await scrapeTree(registry, 'team/app:both', { output });
    assert.deepEqual([again.report.ok, again.listing], [true, listing]);
  }
});

test('tells its observer of every reference, the plan, every byte and every image', async () => {
  const { registry } = sharingImages();
  const told: string[] = [];
  const scanned: number[] = [];
  let bytes = 0;
  const observer: Observer = {
    onResolve: (done, total) => told.push(`${String(done)}/${String(total)}`),
    onScan: count => scanned.push(count),
    onPlan: ({ totals }) => told.push(`plan of ${String(totals.images)}`),
    onBytes: count => (bytes += count),
    onImage: ({ requested }) => told.push(requested),
    onWarning: ({ code }) => told.push(code),
  };
  registry.databaseInUse();
  const { report } = await scrapeTree(registry, ['team/app:1', 'team/app:2'], {
    observer,
    referrers: {},
  });
  assert.deepEqual(
    scanned,
    Array.from({ length: report.totals.scannedManifests }, (_, index) => index + 1),
  );
  assert.ok(scanned.length > 1);
  assert.deepEqual(told.slice(0, 4), ['DATABASE_IN_USE', '1/2', '2/2', 'plan of 2']);
  assert.deepEqual(told.slice(4).sort(), ['team/app:1', 'team/app:2']);
  assert.equal(bytes, report.totals.copiedBytes);
  assert.deepEqual(
    report.warnings.map(({ code }) => code),
    ['DATABASE_IN_USE'],
  );
});
