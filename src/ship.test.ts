import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { ArchiveItem } from './archive/item.ts';
import type { WrittenArchive } from './archive/write-tar.ts';
import { decodeManifest } from './bundle/decode-manifest.ts';
import { MANIFEST_PATH, SIGNATURE_PATH } from './bundle/manifest.ts';
import { checkerFrom, signerFrom } from './bundle/sign.ts';
import type { CopyResult } from './copy.ts';
import { ScraperError } from './errors.ts';
import { archiveOutput, type ShipOptions } from './ship.ts';
import { planShipment, selectionRecord, type PlannedShipment } from './testing/bundle.ts';
import { scrapeInto } from './testing/formats.ts';
import { unpacked } from './testing/packed-bundle.ts';
import { buildRegistry } from './testing/registry.ts';
import { memoryOutput, write } from './testing/writing.ts';

const shipped = await planShipment();
const signal = new AbortController().signal;
const written: WrittenArchive = { files: [], tarBytes: 0 };

async function carry(
  { plan, registry, references }: PlannedShipment,
  options: Partial<ShipOptions> & Pick<ShipOptions, 'write'>,
  onBytes: (count: number) => void = () => undefined,
): Promise<CopyResult> {
  const output = archiveOutput({ selection: selectionRecord(references), version: '1.2.3', ...options });
  return output.carry(plan, { driver: registry.driver(), signal, observer: { onBytes } });
}

const pathOf = (item: ArchiveItem): string => (item.kind === 'blob' ? item.blob.path : item.path);

test('everything that is planned becomes one archive, which says what it holds', async () => {
  const output = memoryOutput();
  let bytes = 0;
  const result = await carry(shipped, { write: (items, context) => write(items, output, context) }, count => {
    bytes += count;
  });
  const [first, ...entries] = await unpacked(output.bytes());
  assert.equal(first?.path, MANIFEST_PATH);
  assert.deepEqual(first.content, shipped.bytes);
  assert.equal(entries.filter(({ path }) => path.endsWith('/data')).length, shipped.plan.blobs.length);
  assert.deepEqual([...result.done.keys()], shipped.plan.images);
  assert.deepEqual([...new Set(result.done.values())], ['copied']);
  assert.deepEqual([result.copiedBytes, result.skippedBytes, result.linkedBytes], [bytes, 0, 0]);
  assert.equal(bytes, shipped.plan.totals.bytes);
  assert.equal(result.archive?.tarBytes, output.bytes().length);
});

test('a signature of the very bytes of the manifest stands behind it', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = await signerFrom(Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })), 'key');
  const checker = checkerFrom(Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })), 'pub');
  const output = memoryOutput();
  await carry(shipped, { sign: signer.sign, write: items => write(items, output) });
  const [manifest, signature] = await unpacked(output.bytes());
  assert.equal(signature?.path, SIGNATURE_PATH);
  assert.ok(manifest?.content && signature.content);
  checker.check(manifest.content, signature.content, 'b.tar');
});

test('what is left to a base is not in it, and is neither copied nor skipped', async () => {
  const delta = await planShipment(undefined, (_, position) => position % 3 === 0);
  const left = delta.plan.blobs.filter(blob => blob.inBase);
  assert.ok(left.length > 2);
  const baseBytes = left.reduce((sum, { size }) => sum + size, 0);
  const totals = { ...delta.plan.totals, baseBlobs: left.length, baseBytes };
  const output = memoryOutput();
  const base = [{ kind: 'registry', digest: null }] as const;
  const planned = { ...delta, plan: { ...delta.plan, totals } };
  const result = await carry(planned, { base, write: items => write(items, output) });
  const [first, ...entries] = await unpacked(output.bytes());
  const manifest = decodeManifest(first?.content ?? Buffer.alloc(0), 'b.tar');
  assert.deepEqual(
    manifest.base?.blobs.map(({ digest }) => digest).sort(),
    left.map(({ digest }) => digest).sort(),
  );
  assert.ok(left.every(({ path }) => entries.every(entry => entry.path !== path)));
  assert.deepEqual([result.copiedBytes, result.skippedBytes], [totals.bytes - baseBytes, 0]);
});

test('the same plan gives the same items', async () => {
  const runs = [[], []] as [string[], string[]];
  for (const paths of runs)
    await carry(shipped, {
      write: items => {
        for (const item of items) paths.push(pathOf(item));
        return Promise.resolve(written);
      },
    });
  assert.deepEqual(runs[0], runs[1]);
});

test('a blob that is not what it should be fails the images that need it, and names them', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const shared = app.blob(500);
  for (const tag of ['1', '2']) app.image({ tag, layers: [shared, 300] });
  app.image({ tag: 'other', layers: [200] });
  const planned = await planShipment({ registry, references: ['app:1', 'app:2', 'app:other'] });
  registry.flipBit(shared);
  const output = memoryOutput();
  const result = await carry(planned, { write: items => write(items, output) });
  assert.equal(output.state(), 'aborted');
  assert.deepEqual([result.done.size, result.stopped, result.copiedBytes], [0, undefined, 0]);
  assert.equal(result.archive, undefined);
  assert.deepEqual(
    [...result.failed.keys()].map(({ requested }) => requested),
    ['app:1', 'app:2'],
  );
  const [error] = [...result.failed.values()];
  assert.equal(error?.code, 'DIGEST_MISMATCH');
  assert.match(error.message, /^manifest → layer 1: .*; the archive was not finished$/);
  assert.equal(error.details.reference, 'app:1');
  assert.ok(error.details.hint);
});

test('what concerns no blob stops everything', async () => {
  for (const code of ['NO_SPACE', 'INTERRUPTED', 'IO_ERROR'] as const) {
    const error = new ScraperError(code, 'the output failed');
    const result = await carry(shipped, { write: () => Promise.reject(error) });
    assert.deepEqual([result.stopped, result.failed.size, result.done.size], [error, 0, 0]);
  }
  const foreign = new ScraperError('DIGEST_MISMATCH', 'a blob', { digest: `sha256:${'0'.repeat(64)}` });
  assert.equal((await carry(shipped, { write: () => Promise.reject(foreign) })).stopped, foreign);
  await assert.rejects(carry(shipped, { write: () => Promise.reject(new TypeError('defect')) }), TypeError);
});

test('tags that differ only in case cannot be in one archive, which is said before anything is written', async () => {
  const registry = buildRegistry();
  for (const tag of ['v1', 'V1']) registry.repository('app').image({ tag });
  registry.repository('other').image({ tag: 'V1' });
  const write = (): Promise<never> => assert.fail('it is written');
  const output = archiveOutput({ selection: selectionRecord([]), version: '1.2.3', write });
  for (const dryRun of [false, true]) {
    const { errors } = await scrapeInto(output, registry, ['app:v1', 'app:V1', 'other:V1'], { dryRun });
    assert.deepEqual(
      errors.map(({ code, reference }) => [code, reference]),
      [['UNSUPPORTED', 'app:V1']],
    );
    assert.match(errors[0]?.message ?? '', /^an archive cannot hold both app:v1 and app:V1: /);
    assert.match(errors[0]?.hint ?? '', /--output-dir/);
  }
  assert.ok((await scrapeInto(output, registry, ['app:V1', 'other:V1'], { dryRun: true })).ok);
});

test('in a report of a scrape all images are there, or none', async () => {
  const options = { selection: selectionRecord(shipped.references), version: '1.2.3' };
  const { registry, references } = shipped;
  const good = archiveOutput({ ...options, write: items => write(items, memoryOutput()) });
  const report = await scrapeInto(good, registry, references);
  assert.ok(report.ok && report.images.every(({ status }) => status === 'copied'));
  assert.deepEqual([report.archive?.files, report.archive?.sums], [[], null]);
  const full = new ScraperError('NO_SPACE', 'no space left');
  const bad = archiveOutput({ ...options, write: () => Promise.reject(full) });
  const failed = await scrapeInto(bad, registry, references);
  assert.deepEqual(
    failed.errors.map(({ code }) => code),
    ['NO_SPACE'],
  );
  assert.ok(failed.images.every(({ status }) => status === 'planned'));
  assert.equal(failed.totals.copiedBytes, 0);
});
