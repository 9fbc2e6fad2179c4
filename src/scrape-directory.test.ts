import assert from 'node:assert/strict';
import { link, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodeFor, ScraperError } from './errors.ts';
import { addBystanders } from './testing/bystanders.ts';
import { emptyPart } from './testing/parts.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import { mustRun } from './testing/run.ts';
import { scrapeDirectory } from './testing/scrape.ts';
import { temporaryDirectory } from './testing/temporary.ts';
import { listDirectory, type Listing } from './testing/tree.ts';

interface Test {
  after(work: () => Promise<void>): void;
}

const tags = ['index', 'old', 'artifact', 'alias'];
const references = tags.map(tag => `team/app:${tag}`);

/** Images of several kinds that share a layer. */
function pushImages(registry: RegistryBuilder): void {
  const app = registry.repository('team/app');
  const base = app.blob(700_000);
  const image = app.image({ layers: [base, 3000] });
  app.index([image, app.image({ platform: 'linux/arm64', layers: [base, 20] })], { tag: 'index' });
  app.schema1({ tag: 'old', layers: [base, 50, base], signature: 'linked' });
  app.artifact({ tag: 'artifact', layers: [emptyPart(true)] });
  app.image({ tag: 'alias', layers: [{ content: 600, algorithm: 'sha512' }] });
}

interface Place {
  readonly registry: RegistryBuilder;
  readonly source: string;
  /** Not there yet. */
  readonly output: string;
  /** What the output should hold in the end. */
  readonly expected: Listing;
}

async function place(t: Test): Promise<Place> {
  const [registry, alone] = [buildRegistry(), buildRegistry()];
  for (const each of [registry, alone]) pushImages(each);
  addBystanders(registry, 'team/app', 'index');
  const directory = await temporaryDirectory(t);
  const source = join(directory, 'source');
  await registry.write(source);
  return { registry, source, output: join(directory, 'output'), expected: alone.listing() };
}

for (const linking of [false, true]) {
  const how = linking ? 'hard links' : 'copies';
  test(`${how} what a registry would hold that only ever got these pushes, and then has nothing to do`, async t => {
    const { source, output, expected } = await place(t);
    const before = await listDirectory(source);
    const first = await scrapeDirectory(source, output, references, { link: linking });
    assert.deepEqual(first.errors, []);
    assert.deepEqual(await listDirectory(output), expected);
    assert.deepEqual(await listDirectory(source), before);
    const { bytes, copiedBytes, linkedBytes } = first.totals;
    assert.deepEqual([copiedBytes, linkedBytes], linking ? [0, bytes] : [bytes, 0]);

    const again = await scrapeDirectory(source, output, references, { link: linking, verifyExisting: true });
    assert.deepEqual(new Set(again.images.map(({ status }) => status)), new Set(['present']));
    assert.deepEqual([again.totals.skippedBytes, again.totals.copiedBytes], [bytes, 0]);
    assert.deepEqual(await listDirectory(output), expected);
  });
}

test('leaves no file at all in a dry run, not even the output directory', async t => {
  const { source, output } = await place(t);
  const report = await scrapeDirectory(source, output, references, { dryRun: true });
  assert.deepEqual([report.ok, report.images[0]?.status], [true, 'planned']);
  await assert.rejects(stat(output));
  await mkdir(output);
  await scrapeDirectory(source, output, references, { dryRun: true });
  assert.deepEqual(await readdir(output), []);
});

test('leaves no file at all when a reference is wrong', async t => {
  const { source, output } = await place(t);
  const report = await scrapeDirectory(source, output, [...references, 'team/app:none']);
  assert.equal(exitCodeFor(report.errors), 3);
  await assert.rejects(stat(output));
});

test('replaces damaged blobs of the output, without touching files that they are hard links to', async t => {
  const { registry, source, output, expected } = await place(t);
  await scrapeDirectory(source, output, references);
  const damaged = [...expected.keys()].filter(path => path.startsWith('docker/registry/v2/blobs/'));
  const kept = join(output, '..', 'kept');
  for (const path of damaged) {
    const content = registry.tree.get(path) as Uint8Array;
    await writeFile(join(output, path), Buffer.alloc(content.length, 'x'));
  }
  await link(join(output, damaged[0] ?? ''), kept);
  const report = await scrapeDirectory(source, output, references, { verifyExisting: true });
  assert.deepEqual(report.errors, []);
  assert.equal(
    report.warnings.filter(({ code }) => code === 'EXISTING_BLOB_REPLACED').length,
    damaged.length,
  );
  assert.deepEqual(await listDirectory(output), expected);
  assert.match(await readFile(kept, 'utf8'), /^x+$/);
});

test('scrapes at once into one output do no harm to each other', async t => {
  const { source, output, expected } = await place(t);
  const shares = [references, references.slice(0, 2), references.slice(1), references];
  const reports = await Promise.all(
    shares.map((share, at) => scrapeDirectory(source, output, share, { link: at % 2 === 0 })),
  );
  for (const report of reports) assert.deepEqual(report.errors, []);
  assert.deepEqual(await listDirectory(output), expected);
});

test('processes at once that scrape into one output do no harm to each other', async t => {
  const { source, output, expected } = await place(t);
  const module = new URL('./testing/scrape.ts', import.meta.url).href;
  const script = join(output, '../scrape.mjs');
  await writeFile(
    script,
    `import { scrapeDirectory } from ${JSON.stringify(module)};
    const [source, output, ...references] = process.argv.slice(2);
    const { errors } = await scrapeDirectory(source, output, references);
    process.stdout.write(JSON.stringify(errors));`,
  );
  const start = (share: readonly string[]): Promise<string> =>
    mustRun(process.execPath, [script, source, output, ...share]);
  const results = await Promise.all([start(references), start([...references].reverse())]);
  assert.deepEqual(results, ['[]', '[]']);
  assert.deepEqual(await listDirectory(output), expected);
});

test('stops when it is told to and leaves no litter; the next run completes the same tree', async t => {
  const { source, output, expected } = await place(t);
  const reason = new ScraperError('INTERRUPTED', 'interrupted');
  const stop = new AbortController();
  const observer = { onPlan: () => void setTimeout(() => stop.abort(reason), 20) };
  const report = await scrapeDirectory(source, output, references, {
    signal: stop.signal,
    observer,
    concurrency: 1,
  });
  // a fast machine may have done everything by then
  if (!report.ok) assert.equal(exitCodeFor(report.errors), 130);
  const left = await readdir(output).catch(() => []);
  assert.deepEqual(
    left.filter(name => name !== 'docker'),
    [],
  );
  const again = await scrapeDirectory(source, output, references);
  assert.deepEqual(again.errors, []);
  assert.deepEqual(await listDirectory(output), expected);
});

test('finds the same with one thread and with many', async t => {
  const { source, output, expected } = await place(t);
  for (const concurrency of [1, 4]) {
    const to = `${output}-${String(concurrency)}`;
    assert.deepEqual((await scrapeDirectory(source, to, references, { concurrency })).errors, []);
    assert.deepEqual(await listDirectory(to), expected);
  }
});
