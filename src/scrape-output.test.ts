import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor } from './errors.ts';
import { parsePath } from './registry/layout.ts';
import { memorySink, type MemoryOutput } from './sink/memory.ts';
import { scrapeTree } from './testing/scrape.ts';
import { sharingImages, sizeOf } from './testing/sharing-images.ts';
import { listTree } from './testing/tree.ts';

test('does nothing when everything is there', async () => {
  const { registry } = sharingImages();
  const { output, listing } = await scrapeTree(registry, ['team/app:1', 'team/app:both']);
  const touched: string[] = [];
  const sink = memorySink(output);
  const { report } = await scrapeTree(registry, ['team/app:1', 'team/app:both'], {
    output,
    sink: {
      ...sink,
      writeBlob: blob => (touched.push(blob.path), sink.writeBlob(blob)),
      publish: (directories, files) => (touched.push('links'), sink.publish(directories, files)),
    },
  });
  assert.deepEqual(
    report.images.map(({ status }) => status),
    ['present', 'present'],
  );
  const { bytes, copiedBytes, skippedBytes } = report.totals;
  assert.deepEqual([copiedBytes, skippedBytes], [0, bytes]);
  assert.deepEqual([touched, report.warnings, listTree(output)], [[], [], listing]);
});

test('adds to what is there only what is lacking', async () => {
  const { registry, first, second } = sharingImages();
  const { output } = await scrapeTree(registry, 'team/app:1');
  const { report } = await scrapeTree(registry, ['team/app:1', 'team/app:2'], { output });
  assert.deepEqual(
    report.images.map(({ status }) => status),
    ['present', 'copied'],
  );
  const { copiedBytes, skippedBytes } = report.totals;
  assert.deepEqual([copiedBytes, skippedBytes], [sizeOf(second) - 3000, sizeOf(first)]);
  const together = await scrapeTree(registry, ['team/app:2', 'team/app:1']);
  assert.deepEqual(listTree(output), together.listing);
});

test('completes an output that lacks anything, down to the same tree', async () => {
  const { registry } = sharingImages();
  const { output, listing } = await scrapeTree(registry, 'team/app:both');
  for (const [path] of [...output]) {
    const damaged: MemoryOutput = new Map(output);
    damaged.delete(path);
    const again = await scrapeTree(registry, 'team/app:both', { output: damaged });
    assert.deepEqual(again.report.errors, []);
    assert.deepEqual(again.listing, listing, path);
    // a directory that holds something needs no entry of its own
    const lost = output.get(path) !== 'directory' || parsePath(path)?.kind === 'uploads';
    assert.equal(again.report.images[0]?.status, lost ? 'copied' : 'present', path);
  }
});

test('moves a tag, says so, and leaves what it pointed at before', async () => {
  const { registry, app, first, second } = sharingImages();
  const { output, listing } = await scrapeTree(registry, 'team/app:1');
  app.tag('1', second);
  const { report } = await scrapeTree(registry, 'team/app:1', { output });
  const [{ code, message = '', reference, digest } = {}, ...others] = report.warnings;
  assert.deepEqual([code, reference, digest, others], ['TAG_MOVED', 'team/app:1', second.digest, []]);
  assert.ok(message.includes(first.digest) && message.includes(second.digest), message);
  const after = listTree(output);
  assert.equal(after.get(app.tagLink('1')), JSON.stringify(second.digest));
  assert.deepEqual(
    [...listing.keys()].filter(path => !after.has(path)),
    [],
  );
  assert.ok(after.has(app.tagHistoryLink('1', first)) && after.has(app.tagHistoryLink('1', second)));
});

test('says of a tag that will move in a dry run nothing but the plan, and moves nothing', async () => {
  const { registry, app, second } = sharingImages();
  const { output, listing } = await scrapeTree(registry, 'team/app:1');
  app.tag('1', second);
  const again = await scrapeTree(registry, 'team/app:1', { output, dryRun: true });
  assert.equal(again.report.images[0]?.status, 'planned');
  assert.deepEqual(again.listing, listing);
});

test('rewrites links of the output that are damaged', async () => {
  const { registry } = sharingImages();
  const { output, listing } = await scrapeTree(registry, 'team/app:both');
  for (const [path, entry] of output)
    if (path.endsWith('/link')) output.set(path, Buffer.concat([entry as Uint8Array, Buffer.from('\n')]));
  const { report } = await scrapeTree(registry, 'team/app:both', { output });
  assert.deepEqual([report.errors, report.images[0]?.status, listTree(output)], [[], 'copied', listing]);
});

test('replaces what has another size, and what has other bytes only when it is told to look', async () => {
  const { registry, first } = sharingImages();
  const { output, listing } = await scrapeTree(registry, 'team/app:1');
  for (const { stored, size } of [first, first.config, first.layer(0)]) {
    const path = registry.pathOf({ stored });
    const sound = output.get(path) as Uint8Array;
    output.set(path, sound.subarray(1));
    const shorter = await scrapeTree(registry, 'team/app:1', { output });
    assert.deepEqual([shorter.report.totals.copiedBytes, shorter.listing], [size, listing]);

    output.set(path, Buffer.alloc(size, 'x'));
    const trusted = await scrapeTree(registry, 'team/app:1', { output });
    assert.deepEqual([trusted.report.images[0]?.status, trusted.report.warnings], ['present', []]);
    assert.notDeepEqual(trusted.listing, listing);

    const { report } = await scrapeTree(registry, 'team/app:1', { output, verifyExisting: true });
    assert.deepEqual(report.errors, []);
    assert.deepEqual(
      report.warnings.map(({ code, digest }) => [code, digest]),
      [['EXISTING_BLOB_REPLACED', stored]],
    );
    assert.deepEqual([report.totals.copiedBytes, listTree(output)], [size, listing]);
  }
});

test('leaves a damaged blob of the output alone when the source has no better one', async () => {
  const { registry, first } = sharingImages();
  const { output } = await scrapeTree(registry, 'team/app:1');
  const path = registry.flipBit(first.layer(1));
  output.set(path, Buffer.alloc(700, 'x'));
  const { report } = await scrapeTree(registry, 'team/app:1', { output, verifyExisting: true });
  assert.equal(exitCodeFor(report.errors), 4);
  assert.deepEqual(output.get(path), Buffer.alloc(700, 'x'));
});

test('writes nothing in a dry run, and plans what a run does', async () => {
  const { registry } = sharingImages();
  const { output, listing } = await scrapeTree(registry, 'team/app:1');
  const references = ['team/app:1', 'team/app:2'];
  const dry = await scrapeTree(registry, references, { output, dryRun: true });
  assert.deepEqual(
    dry.report.images.map(({ status }) => status),
    ['present', 'planned'],
  );
  assert.deepEqual([dry.report.dryRun, dry.report.ok, dry.listing], [true, true, listing]);
  const real = await scrapeTree(registry, references, { output });
  assert.deepEqual(dry.report.totals, { ...real.report.totals, copiedBytes: 0 });
});

test('plans without an output', async () => {
  const { registry, first } = sharingImages();
  const { report } = await scrapeTree(registry, 'team/app:1', { sink: null, dryRun: true });
  assert.deepEqual([report.images[0]?.status, report.images[0]?.bytes], ['planned', sizeOf(first)]);
});
