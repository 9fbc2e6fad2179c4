import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArchiveItem } from './archive/item.ts';
import { readLayoutIndex } from './bundle/oci-index.ts';
import { ScraperError } from './errors.ts';
import type { Report } from './report.ts';
import { formatArchive, layoutDirectory } from './ship-format.ts';
import { memorySink, type MemoryOutput } from './sink/memory.ts';
import { scrapeInto } from './testing/formats.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';

function shop(): RegistryBuilder {
  const registry = buildRegistry();
  const app = registry.repository('app');
  for (const tag of ['1', '2']) app.image({ tag });
  app.schema1({ tag: 'old' });
  return registry;
}

function layoutIn(output: MemoryOutput, keepGoing = false) {
  return layoutDirectory(memorySink(output), { keepGoing, verifyExisting: false });
}

function namesIn(output: MemoryOutput): readonly (string | undefined)[] {
  const index = output.get('index.json');
  if (!(index instanceof Uint8Array)) return [];
  return readLayoutIndex(index, 'index.json').entries.map(entry => entry.annotations?.[REF_NAME]);
}

const statuses = ({ images }: Report): readonly string[] =>
  images.map(({ requested, status }) => `${requested} ${status}`);
const blobsIn = (output: MemoryOutput): readonly string[] =>
  [...output.keys()].filter(path => path.startsWith('blobs/'));

test('a layout gets its index when all blobs are there', async () => {
  const output: MemoryOutput = new Map();
  const report = await scrapeInto(layoutIn(output), shop(), ['app:1', 'app:2']);
  assert.deepEqual(statuses(report), ['app:1 copied', 'app:2 copied']);
  assert.equal(report.totals.links, 0);
  assert.equal(report.totals.copiedBytes, report.totals.bytes);
  assert.deepEqual([...output.keys()].slice(-2), ['oci-layout', 'index.json']);
  assert.deepEqual(namesIn(output), ['app:1', 'app:2']);
});

test('a dry run says what it would do and what the format cannot hold, and writes nothing', async () => {
  const output: MemoryOutput = new Map();
  const registry = shop();
  registry.repository('docker').image({ tag: '1', format: 'docker' });
  const report = await scrapeInto(layoutIn(output), registry, ['docker:1', 'app:old'], { dryRun: true });
  assert.deepEqual(statuses(report), ['docker:1 planned', 'app:old failed']);
  assert.deepEqual(
    report.warnings.map(({ code }) => code),
    ['SCHEMA1', 'FORMAT_LOSES'],
  );
  assert.deepEqual(
    report.errors.map(({ code, reference }) => [code, reference]),
    [['UNSUPPORTED', 'app:old']],
  );
  assert.equal(output.size, 0);
});

test('an image that cannot be held keeps all from being written, unless the rest is wanted', async () => {
  const output: MemoryOutput = new Map();
  const references = ['app:1', 'app:old', 'app:2'];
  const refused = await scrapeInto(layoutIn(output), shop(), references);
  assert.deepEqual(statuses(refused), ['app:1 planned', 'app:old failed', 'app:2 planned']);
  assert.equal(refused.ok, false);
  assert.equal(output.size, 0);
  const rest = await scrapeInto(layoutIn(output, true), shop(), references, { keepGoing: true });
  assert.deepEqual(statuses(rest), ['app:1 copied', 'app:old failed', 'app:2 copied']);
  assert.deepEqual(namesIn(output), ['app:1', 'app:2']);
});

test('an image with a damaged blob is not named', async () => {
  for (const keepGoing of [false, true]) {
    const registry = shop();
    const bad = registry.repository('app').image({ tag: 'bad' });
    registry.flipBit(bad.layer(0));
    const output: MemoryOutput = new Map();
    const report = await scrapeInto(layoutIn(output, keepGoing), registry, ['app:bad', 'app:1'], {
      keepGoing,
    });
    assert.equal(report.errors[0]?.code, 'DIGEST_MISMATCH');
    assert.equal(report.images[0]?.status, 'failed');
    assert.deepEqual(namesIn(output), keepGoing ? ['app:1'] : []);
  }
});

test('what a layout has already is left alone, and its other images are kept', async () => {
  const output: MemoryOutput = new Map();
  const registry = shop();
  await scrapeInto(layoutIn(output), registry, ['app:1']);
  const before = new Map(output);
  const again = await scrapeInto(layoutIn(output), registry, ['app:1']);
  assert.deepEqual(statuses(again), ['app:1 present']);
  assert.equal(again.totals.copiedBytes, 0);
  assert.deepEqual(output, before);
  await scrapeInto(layoutIn(output), registry, ['app:2']);
  assert.deepEqual(namesIn(output), ['app:1', 'app:2']);
  output.delete(blobsIn(output)[0] ?? '');
  assert.deepEqual(statuses(await scrapeInto(layoutIn(output), registry, ['app:1'])), ['app:1 copied']);
});

test('an index.json that is no index of a layout is not replaced', async () => {
  const output: MemoryOutput = new Map([['index.json', Buffer.from('{"mine":1}')]]);
  const report = await scrapeInto(layoutIn(output), shop(), ['app:1']);
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['OUTPUT_INVALID'],
  );
  assert.match(
    report.errors[0]?.message ?? '',
    /^index\.json in memory is not the index of an OCI image layout$/,
  );
  assert.equal(output.size, 1);
});

test('an archive is written in one go, and its index last', async () => {
  for (const [format, last] of [
    ['oci', 'index.json'],
    ['docker-archive', 'manifest.json'],
  ] as const) {
    const items: ArchiveItem[] = [];
    const output = formatArchive(format, async given => {
      items.push(...given);
      return Promise.resolve({ files: [], tarBytes: 1 });
    });
    const report = await scrapeInto(output, shop(), ['app:1', 'app:2']);
    assert.deepEqual(statuses(report), ['app:1 copied', 'app:2 copied']);
    const paths = items.map(item => (item.kind === 'blob' ? item.blob.path : item.path));
    assert.equal(paths.at(-1), last);
    assert.ok(paths.slice(0, -2).every(path => path.startsWith('blobs/')));
  }
});

test('an archive that cannot be written is told with the images that it concerns', async () => {
  const registry = shop();
  const bad = registry.repository('app').image({ tag: 'bad' });
  const output = formatArchive('docker-archive', () =>
    Promise.reject(new ScraperError('DIGEST_MISMATCH', 'damaged', { digest: bad.layer(0).stored })),
  );
  const report = await scrapeInto(output, registry, ['app:1', 'app:bad']);
  assert.deepEqual(statuses(report), ['app:1 planned', 'app:bad failed']);
  assert.equal(report.errors[0]?.code, 'DIGEST_MISMATCH');
});
