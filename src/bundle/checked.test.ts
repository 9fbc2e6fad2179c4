import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { Archive } from '../archive/archive.ts';
import { streamArchive } from '../archive/open.ts';
import { isScraperError, ScraperError, type ErrorCode } from '../errors.ts';
import { gather } from '../testing/gather.ts';
import { once, packed, packedBundle, type PackedEntry } from '../testing/packed-bundle.ts';
import { checkedArchive, type CheckOptions } from './checked.ts';
import { MANIFEST_PATH, SIGNATURE_PATH, type BundleManifest } from './manifest.ts';
import { checkerFrom, signerFrom, type SignatureChecker, type Signer } from './sign.ts';

const signal = new AbortController().signal;
const bundle = await packedBundle();
const [manifestEntry, ...rest] = bundle.entries;
assert.ok(manifestEntry);

async function keys(): Promise<{ readonly signer: Signer; readonly checker: SignatureChecker }> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const [secret, open] = [
    Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })),
  ];
  return { signer: await signerFrom(secret, 'key'), checker: checkerFrom(open, 'pub') };
}

const open = (entries: readonly PackedEntry[]): Promise<Archive> =>
  streamArchive('b.tar', once(packed(entries)));

/** Reads all of an archive through the check. */
async function read(
  entries: readonly PackedEntry[],
  options: CheckOptions = {},
): Promise<{ readonly entries: PackedEntry[]; readonly manifest: BundleManifest | undefined }> {
  const { archive, manifest } = checkedArchive(await open(entries), options);
  const found: PackedEntry[] = [];
  for await (const { path, kind, chunks } of archive.entries(signal)) {
    const content = kind === 'directory' ? null : Buffer.concat(await gather(chunks()));
    found.push({ path, content });
  }
  return { entries: found, manifest: manifest() };
}

async function refused(
  entries: readonly PackedEntry[],
  code: ErrorCode,
  says: RegExp,
  options?: CheckOptions,
): Promise<void> {
  await assert.rejects(read(entries, options), (error: unknown) => {
    assert.ok(isScraperError(error, code), String(error));
    assert.match(error.message, says);
    assert.ok(error.details.hint);
    return true;
  });
}

const at = (kind: RegExp): number => rest.findIndex(({ path }) => kind.test(path));
const changed = (index: number, change: Partial<PackedEntry>): PackedEntry[] =>
  [manifestEntry, ...rest].map((entry, place) => (place === index + 1 ? { ...entry, ...change } : entry));
const kinds = {
  blob: /\/blobs\//,
  'link of a layer': /\/_layers\/.*link$/,
  'link of a revision': /\/revisions\/.*link$/,
  'link of a tag': /\/current\/link$/,
} as const;

test('a bundle is handed on as it is, and its manifest is told before anything else', async () => {
  const seen: string[] = [];
  const onManifest = (manifest: BundleManifest | undefined): Promise<void> => {
    assert.deepEqual(manifest, bundle.manifest);
    assert.equal(seen.length, 0);
    seen.push('manifest');
    return Promise.resolve();
  };
  const found = await read(bundle.entries, { onManifest });
  assert.deepEqual(found.entries, bundle.entries);
  assert.deepEqual(found.manifest, bundle.manifest);
  assert.deepEqual(seen, ['manifest']);
});

test('what is not read of an entry is skipped, and everything is checked all the same', async () => {
  const { archive } = checkedArchive(await open(bundle.entries), {});
  const paths = (await gather(archive.entries(signal))).map(({ path }) => path);
  assert.deepEqual(
    paths,
    bundle.entries.map(({ path }) => path),
  );
  const link = at(kinds['link of a tag']);
  const other = Buffer.from(`sha256:${'0'.repeat(64)}`);
  const wrong = checkedArchive(await open(changed(link, { content: other })), {});
  await assert.rejects(gather(wrong.archive.entries(signal)), /is not what its manifest says/);
});

test('an archive without a manifest is its own witness', async () => {
  let told = 0;
  const onManifest = (manifest: BundleManifest | undefined): Promise<void> => {
    assert.equal(manifest, undefined);
    told += 1;
    return Promise.resolve();
  };
  assert.deepEqual((await read(rest, { onManifest })).entries, rest);
  assert.deepEqual((await read([], { onManifest })).entries, []);
  assert.equal(told, 2);
});

test('a manifest that does not come first announces nothing', async () => {
  const [first, ...others] = rest;
  assert.ok(first);
  const found = await read([first, manifestEntry, ...others.slice(1)]);
  assert.equal(found.manifest, undefined);
});

test('a bundle that consists of its manifest alone lacks the rest', async () => {
  const blobs = bundle.manifest.blobs.length;
  await refused([manifestEntry], 'BUNDLE_INVALID', new RegExp(`lacks \\d+ .*blobs/.* and \\d+ more$`));
  assert.ok(rest.length > blobs);
});

for (const [kind, pattern] of Object.entries(kinds)) {
  const index = at(pattern);
  const entry = rest[index];
  assert.ok(entry?.content);
  const { path, content } = entry;

  test(`a ${kind} that is missing, twice there, longer or shorter is refused`, async () => {
    const others = rest.filter(one => one !== entry);
    const name = new RegExp(path.replaceAll('/', '\\/'));
    await refused([manifestEntry, ...others], 'BUNDLE_INVALID', new RegExp(`lacks 1 .*${name.source}$`));
    for (const size of [content.length - 1, content.length + 1]) {
      const wrong = Buffer.concat([content, Buffer.from('x')]).subarray(0, size);
      await refused(changed(index, { content: wrong }), 'BUNDLE_INVALID', /has the wrong size: expected/);
    }
    await refused(changed(index, { content: null }), 'BUNDLE_INVALID', /is not announced .* as a directory/);
    // two entries of one name no reader of archives takes; two that stand for one thing are met here
    await assert.rejects(read([manifestEntry, entry, ...rest]), error =>
      isScraperError(error, 'ARCHIVE_INVALID'),
    );
  });
}

test('a link that holds something else is refused', async () => {
  for (const pattern of Object.values(kinds).slice(1)) {
    const index = at(pattern);
    const content = Buffer.from(rest[index]?.content ?? '');
    content.write(content.at(-1) === 0x30 ? '1' : '0', content.length - 1);
    const says = /is not what its manifest says: expected sha256:.*, found "sha256:/;
    await refused(changed(index, { content }), 'BUNDLE_INVALID', says);
  }
});

test('entries that nobody announced are refused, wherever they stand', async () => {
  const strangers = [
    'docker/registry/v2/repositories/team/app/_manifests/tags/evil/current/link',
    'docker/registry/v2/repositories/stranger/_layers',
    `docker/registry/v2/blobs/sha256/00/${'0'.repeat(64)}/data`,
    'docker/registry/v2/blobs/sha256/00/readme',
    'readme.txt',
    '.bash_history',
    'docker/registry/lockfiles/database-in-use',
  ];
  for (const path of strangers) {
    const stranger = { path, content: path.endsWith('_layers') ? null : Buffer.from('x') };
    for (const place of [1, 7, rest.length + 1]) {
      const entries = [manifestEntry, ...rest].toSpliced(place, 0, stranger);
      await refused(entries, 'BUNDLE_INVALID', /is not announced by its manifest/);
    }
  }
});

test('directories in which announced entries stand are taken, as a tar of an unpacked bundle has them', async () => {
  const directories = ['docker', 'docker/registry/v2/blobs/sha256', 'docker/registry/v2/repositories/team'];
  const parents = directories.map(path => ({ path, content: null }));
  const found = await read([manifestEntry, ...parents, ...rest]);
  assert.equal(found.entries.length, rest.length + 1 + parents.length);
});

test('a manifest that is none is refused before anything is handed on', async () => {
  const { bytes } = bundle;
  const future = JSON.stringify({
    ...bundle.manifest,
    schemaVersion: 2,
    tool: { name: 'registry-scraper', version: '9.0' },
  });
  const cases = [
    ['BUNDLE_INVALID', /it is not JSON/, bytes.subarray(0, -10)],
    ['BUNDLE_INVALID', /it is not JSON/, Buffer.alloc(0)],
    ['BUNDLE_INVALID', /expected a JSON object/, Buffer.from('[]')],
    [
      'UNSUPPORTED',
      /made by registry-scraper "9.0": expected schema version 1, found 2/,
      Buffer.from(future),
    ],
  ] as const;
  for (const [code, says, content] of cases)
    await refused([{ path: MANIFEST_PATH, content }, ...rest], code, says);
});

test('what goes wrong with the manifest elsewhere ends the reading', async () => {
  const onManifest = (): Promise<void> => Promise.reject(new ScraperError('BASE_INCOMPLETE', 'no base'));
  await assert.rejects(read(bundle.entries, { onManifest }), error =>
    isScraperError(error, 'BASE_INCOMPLETE'),
  );
});

test('a signature is checked before anything else, if that is wanted', async () => {
  const { signer, checker } = await keys();
  const signature = { path: SIGNATURE_PATH, content: Buffer.from(signer.sign(bundle.bytes)) };
  const signed = [manifestEntry, signature, ...rest];
  const found = await read(signed, { checker });
  assert.deepEqual(found.entries, signed);
  assert.deepEqual((await read(signed)).entries, signed);

  const other = await keys();
  let told = false;
  const onManifest = (): Promise<void> => {
    told = true;
    return Promise.resolve();
  };
  const invalid = /does not fit the manifest and the Ed25519 key/;
  await refused(signed, 'SIGNATURE_INVALID', invalid, { checker: other.checker, onManifest });
  const changedManifest = Buffer.from(bundle.bytes);
  changedManifest.writeUInt8(0x39, changedManifest.indexOf('1.2.3'));
  const changedBundle = [{ path: MANIFEST_PATH, content: changedManifest }, signature, ...rest];
  await refused(changedBundle, 'SIGNATURE_INVALID', invalid, { checker, onManifest });
  assert.equal(told, false);
});

test('what is not signed is refused, if a signature is wanted', async () => {
  const { signer, checker } = await keys();
  const signature = { path: SIGNATURE_PATH, content: Buffer.from(signer.sign(bundle.bytes)) };
  const [first, ...others] = rest;
  assert.ok(first);
  const cases: readonly (readonly [RegExp, readonly PackedEntry[]])[] = [
    [/has a manifest, but no signature behind it/, bundle.entries],
    [/has a manifest, but no signature behind it/, [manifestEntry, first, signature, ...others]],
    [/does not begin with a bundle manifest/, rest],
    [/does not begin with a bundle manifest/, [signature, manifestEntry, ...rest]],
    [/does not begin with a bundle manifest/, []],
  ];
  for (const [says, entries] of cases) await refused(entries, 'UNSIGNED', says, { checker });
  const long = { path: SIGNATURE_PATH, content: Buffer.alloc(2000) };
  await refused([manifestEntry, long, ...rest], 'BUNDLE_INVALID', /is too long/, { checker });
});
