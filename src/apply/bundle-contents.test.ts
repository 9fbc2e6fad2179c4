import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Archive } from '../archive/archive.ts';
import { openArchive, streamArchive } from '../archive/open.ts';
import { checkerFrom, signerFrom } from '../bundle/sign.ts';
import { isScraperError, type ErrorCode, type Warning } from '../errors.ts';
import { pathFor, parsePath } from '../registry/layout.ts';
import { registrySource } from '../registry/source.ts';
import { memorySink, type MemoryOutput } from '../sink/memory.ts';
import type { Sink } from '../sink/sink.ts';
import { planShipment } from '../testing/bundle.ts';
import { gather } from '../testing/gather.ts';
import { once, packed, packedBundle, type PackedEntry } from '../testing/packed-bundle.ts';
import { temporaryDirectory, type Tidied } from '../testing/temporary.ts';
import { bundleContents, type BundleOptions } from './bundle-contents.ts';
import type { Contents } from './contents.ts';

const bundle = await packedBundle();
const isBlob = (name: string): boolean => parsePath(name)?.kind === 'blob';
const blobsOf = (entries: readonly PackedEntry[]): readonly PackedEntry[] =>
  entries.filter(entry => isBlob(entry.path));

/** What is written while it is read: what is larger than a link. */
const written = new Map(
  blobsOf(bundle.entries).flatMap(({ path: name, content }) =>
    content && content.length > 256 ? [[name, content] as const] : [],
  ),
);

const forms: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  tar: bytes => bytes,
  'tar.gz': bytes => gzipSync(bytes),
  'tar.zst': bytes => zstdCompressSync(bytes),
};

async function inFile(t: Tidied, bytes: Buffer, form: string): Promise<Archive> {
  const place = path.join(await temporaryDirectory(t), `b.${form}`);
  await writeFile(place, forms[form]?.(bytes) ?? bytes);
  const archive = await openArchive(place);
  t.after(() => archive.close());
  return archive;
}

const passing = (bytes: Buffer): Promise<Archive> => streamArchive('standard input', once(bytes));

interface Opened {
  readonly contents: Contents;
  /** Bytes of blobs that were written. */
  readonly received: number;
  readonly target: MemoryOutput;
  readonly warnings: readonly Warning[];
  readonly bytes: number;
}

async function open(
  archive: Archive,
  { target = new Map(), ...settings }: Partial<BundleOptions> & { readonly target?: MemoryOutput } = {},
): Promise<Opened> {
  const warnings: Warning[] = [];
  let [bytes, received] = [0, 0];
  const contents = await bundleContents({
    ...{
      archive,
      sink: memorySink(target),
      onExistingTag: 'overwrite',
      dryRun: false,
      verifyExisting: false,
    },
    signal: new AbortController().signal,
    onBytes: count => {
      bytes += count;
    },
    onWritten: size => {
      received += size;
    },
    warn: warning => warnings.push(warning),
    ...settings,
  });
  return { contents, target, warnings, bytes, received };
}

async function refused(
  opening: Promise<unknown>,
  code: ErrorCode,
  says: RegExp,
  target: MemoryOutput = new Map(),
): Promise<void> {
  await assert.rejects(opening, (error: unknown) => {
    assert.ok(isScraperError(error, code), String(error));
    assert.match(error.message, says);
    return true;
  });
  assert.equal(target.size, 0);
}

test('an uncompressed file is only looked at', async t => {
  const { contents, target, bytes, received } = await open(await inFile(t, packed(bundle.entries), 'tar'));
  assert.deepEqual([target.size, bytes, received], [0, 0, 0]);
  const source = registrySource(contents.driver, () => undefined);
  assert.deepEqual((await gather(source.repositories())).sort(), ['other', 'team/app']);
  for (const { path: name, content } of blobsOf(bundle.entries))
    assert.deepEqual(Buffer.concat(await gather(contents.driver.stream(name))), content);
});

test('of what passes by once, blobs are written while it is read, and links are kept', async t => {
  const archives = [
    await inFile(t, packed(bundle.entries), 'tar.gz'),
    await inFile(t, packed(bundle.entries), 'tar.zst'),
    await passing(packed(bundle.entries)),
  ];
  for (const archive of archives) {
    const { contents, target, bytes, received } = await open(archive);
    assert.deepEqual(new Map([...target].sort()), new Map([...written].sort()));
    const size = [...written.values()].reduce((sum, { length }) => sum + length, 0);
    assert.deepEqual([received, bytes], [size, size]);
    for (const { path: name, content } of bundle.entries.slice(1)) {
      if (content === null) continue;
      const unknown = written.has(name);
      const reading = contents.driver.read(name, 1e6);
      if (unknown) await assert.rejects(reading, error => isScraperError(error, 'PATH_UNKNOWN'));
      else if (content.length <= 256) assert.deepEqual(Buffer.from(await reading), content);
    }
  }
});

test('a dry run writes nothing, and knows all that a plan is made of', async t => {
  for (const archive of [
    await inFile(t, packed(bundle.entries), 'tar.zst'),
    await passing(packed(bundle.entries)),
  ]) {
    const { contents, target, bytes, received } = await open(archive, { dryRun: true });
    assert.deepEqual([target.size, bytes, received], [0, 0, 0]);
    for (const { path: name, content } of bundle.entries) {
      if (content === null) continue;
      assert.equal((await contents.driver.stat(name)).size, content.length);
    }
    for (const { digest, manifest } of bundle.manifest.blobs)
      if (manifest) await contents.driver.read(pathFor({ kind: 'blob', digest }), 1e6);
  }
});

test('blobs that are there are kept, and damaged ones are replaced if they are to be hashed again', async () => {
  const [[first = '', content = Buffer.alloc(0)] = []] = [...written];
  const damaged = Buffer.alloc(content.length);
  for (const verifyExisting of [false, true]) {
    const target: MemoryOutput = new Map<string, Buffer>([...written, [first, damaged]]);
    const { warnings, received } = await open(await passing(packed(bundle.entries)), {
      target,
      verifyExisting,
    });
    assert.deepEqual(target.get(first), verifyExisting ? content : damaged);
    assert.equal(received, verifyExisting ? content.length : 0);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      verifyExisting ? ['EXISTING_BLOB_REPLACED'] : [],
    );
  }
});

test('nothing is written of a bundle whose signature, base, room or tags are not as they must be', async () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
  const signer = await signerFrom(Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })), 'key');
  const signed = await packedBundle(bundle, signer.sign);
  const checker = checkerFrom(Buffer.from(other), 'pub');
  const target: MemoryOutput = new Map();
  await refused(
    open(await passing(packed(signed.entries)), { checker, target }),
    'SIGNATURE_INVALID',
    /does not fit/,
    target,
  );
  await refused(
    open(await passing(packed(bundle.entries)), { checker, target }),
    'UNSIGNED',
    /no signature/,
    target,
  );

  const delta = await packedBundle(await planShipment(undefined, (_, position) => position % 2 === 0));
  await refused(
    open(await passing(packed(delta.entries)), { target }),
    'BASE_INCOMPLETE',
    /nothing was written$/,
    target,
  );
  const small: Sink = { ...memorySink(target), freeBytes: () => Promise.resolve(100) };
  await refused(
    open(await passing(packed(bundle.entries)), { sink: small, target }),
    'NO_SPACE',
    /^memory has 100 bytes free, \d+ are needed; nothing was written$/,
    target,
  );

  const link = pathFor({ kind: 'tagLink', repository: 'team/app', tag: '1' });
  const elsewhere = `sha256:${'0'.repeat(64)}`;
  const site: MemoryOutput = new Map([[link, Buffer.from(elsewhere)]]);
  const failing = open(await passing(packed(bundle.entries)), { target: site, onExistingTag: 'fail' });
  await refused(failing, 'TAG_EXISTS', new RegExp(`team/app:1 is there and points to ${elsewhere}`));
  assert.deepEqual([...site.keys()], [link]);
});

test('what is there already needs no room', async () => {
  const target: MemoryOutput = new Map();
  for (const { path: name, content } of blobsOf(bundle.entries)) if (content) target.set(name, content);
  const full: Sink = { ...memorySink(target), freeBytes: () => Promise.resolve(0) };
  const { received } = await open(await passing(packed(bundle.entries)), { target, sink: full });
  assert.equal(received, 0);
});

test('a blob that is not what it should be is not written, and ends the reading', async () => {
  const [bad] = blobsOf(bundle.entries).filter(({ content }) => (content?.length ?? 0) > 900);
  assert.ok(bad?.content);
  const content = Buffer.from(bad.content);
  content.writeUInt8(content.readUInt8(500) ^ 1, 500);
  const entries = bundle.entries.map(entry => (entry === bad ? { ...bad, content } : entry));
  const target: MemoryOutput = new Map();
  await assert.rejects(open(await passing(packed(entries)), { target }), error =>
    isScraperError(error, 'DIGEST_MISMATCH'),
  );
  assert.ok([...target.keys()].every(isBlob));
  assert.ok(!target.has(bad.path));
});

test('stopped, it writes nothing more', async () => {
  const controller = new AbortController();
  const target: MemoryOutput = new Map();
  const onBytes = (): void => {
    controller.abort(new Error('enough'));
  };
  const opening = open(await passing(packed(bundle.entries)), { target, signal: controller.signal, onBytes });
  await assert.rejects(opening, { message: 'enough' });
  assert.ok(target.size <= 1);
});

test('an archive without a registry is none', async t => {
  const strange = [{ path: 'etc/passwd', content: Buffer.from('root') }];
  for (const archive of [await inFile(t, packed(strange), 'tar'), await passing(packed(strange))])
    await refused(open(archive), 'NOT_A_REGISTRY', /no registry in .*: expected docker\/registry\/v2/);
});

test('a registry that was packed with the directory around it is found, in every form', async t => {
  const around = bundle.entries.slice(1).map(entry => ({ ...entry, path: `shipment/${entry.path}` }));
  const archives = [
    ...(await Promise.all(Object.keys(forms).map(form => inFile(t, packed(around), form)))),
    await passing(packed(around)),
  ];
  for (const archive of archives) {
    const { contents, target } = await open(archive);
    assert.equal(target.size, 'range' in archive ? 0 : written.size);
    for (const { path: name, content } of bundle.entries.slice(1)) {
      if (content === null) continue;
      const found = target.get(name) ?? (await contents.driver.read(name, 1e6));
      assert.deepEqual(Buffer.from(found), content, name);
    }
  }
});
