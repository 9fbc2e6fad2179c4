import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor } from './errors.ts';
import { testBadInput, type BadInput, type Situation } from './testing/bad-input.ts';
import type { Blob } from './testing/contents.ts';
import { foreignLayer } from './testing/parts.ts';
import { buildRegistry } from './testing/registry.ts';
import { scrapeTree } from './testing/scrape.ts';
import { assertServable } from './testing/servable.ts';

/** The blobs of an index of two images, with the way to each that messages have to name. */
const parts: Readonly<Record<string, (situation: Situation) => Blob>> = {
  // before it is read, nobody knows what kind it is of
  manifest: ({ app }) => app.index([app.image()], { tag: '1.0' }),
  'index → linux/arm64 manifest': ({ app }) => {
    const child = app.image({ platform: 'linux/arm64' });
    app.index([app.image(), child], { tag: '1.0' });
    return child;
  },
  'index → linux/arm64 manifest → config': ({ app }) => {
    const child = app.image({ platform: 'linux/arm64' });
    app.index([app.image(), child], { tag: '1.0' });
    return child.config;
  },
  'index → linux/arm64 manifest → layer 2': ({ app }) => {
    const child = app.image({ platform: 'linux/arm64' });
    app.index([app.image(), child], { tag: '1.0' });
    return child.layer(1);
  },
  'manifest → layer 1': ({ app }) => app.schema1({ tag: '1.0' }).layer(1),
  'manifest → layer 2': ({ app }) => app.image({ tag: '1.0' }).layer(1),
  'manifest → config': ({ app }) => app.image({ tag: '1.0' }).config,
};

interface Damage extends Pick<BadInput, 'code' | 'exitCode' | 'onDisk' | 'whenCopied'> {
  /** Nothing says how long it should be, so it is found by its digest. */
  readonly unsized?: RegExp;
  readonly says: RegExp;
  readonly damage: (situation: Situation, blob: Blob) => string;
}

const wrongBytes = /expected sha256:[0-9a-f]{64}, found sha256:[0-9a-f]{64}/;

const damages: Readonly<Record<string, Damage>> = {
  'cut short': {
    damage: ({ registry }, blob) => registry.truncate(blob, blob.size - 1),
    code: 'SIZE_INVALID',
    exitCode: 4,
    says: /has the wrong size: expected \d+ bytes, found \d+/,
    unsized: wrongBytes,
  },
  'too long': {
    damage: ({ registry }, blob) => registry.append(blob, ' '),
    code: 'SIZE_INVALID',
    exitCode: 4,
    says: /has the wrong size: expected \d+ bytes, found \d+/,
    unsized: wrongBytes,
  },
  empty: {
    damage: ({ registry }, blob) => registry.makeEmpty(blob),
    code: 'SIZE_INVALID',
    exitCode: 4,
    says: /has the wrong size: expected (\d+ bytes|at least 1 byte), found 0/,
    unsized: wrongBytes,
  },
  'with one bit flipped': {
    damage: ({ registry }, blob) => registry.flipBit(blob),
    code: 'DIGEST_MISMATCH',
    exitCode: 4,
    says: wrongBytes,
  },
  missing: {
    damage: ({ registry }, blob) => registry.remove(blob),
    code: 'BLOB_UNKNOWN',
    exitCode: 3,
    says: /(manifest|config|layer) sha256:[0-9a-f]{64} is not in the storage/,
  },
  'that is a directory': {
    damage: ({ registry }, blob) => registry.replace(blob, 'directory'),
    code: 'NOT_A_FILE',
    exitCode: 4,
    says: /is a directory/,
    onDisk: true,
  },
  'that is a named pipe': {
    damage: ({ registry }, blob) => registry.replace(blob, 'fifo'),
    code: 'NOT_A_FILE',
    exitCode: 4,
    says: /it is a named pipe, a file was expected/,
    onDisk: true,
  },
  'that leaves the tree': {
    damage: ({ registry }, blob) => registry.replace(blob, { symlink: '/etc/passwd' }),
    code: 'OUTSIDE_ROOT',
    exitCode: 4,
    says: /refused to read .*leads out of the registry's storage/,
    onDisk: true,
  },
  'in a directory that leaves the tree': {
    damage: ({ registry }, blob) => {
      const place = registry.pathOf(blob);
      registry.replace(place.slice(0, place.lastIndexOf('/')), { symlink: '/etc' });
      return place;
    },
    code: 'OUTSIDE_ROOT',
    exitCode: 4,
    says: /refused to read .*leads out of the registry's storage/,
    onDisk: true,
  },
};

for (const [trail, push] of Object.entries(parts)) {
  for (const [what, { damage, unsized, ...bad }] of Object.entries(damages)) {
    const isManifest = !/config|layer/.test(trail);
    const isRoot = trail === 'manifest';
    // schema1 names no sizes
    const isSized = !isRoot && trail !== 'manifest → layer 1';
    const bySize = bad.code !== 'SIZE_INVALID' || isSized || (what === 'empty' && !isRoot);
    const code = bySize ? bad.code : 'DIGEST_MISMATCH';
    testBadInput(`a blob ${what}, ${trail}`, {
      ...bad,
      make: situation => damage(situation, push(situation)),
      code,
      says: [new RegExp(`^${trail}: `), bySize ? bad.says : (unsized ?? bad.says)],
      whenCopied: code === 'DIGEST_MISMATCH' && !isManifest,
    });
  }
}

testBadInput('a layer that is not to be distributed, has no address and is not stored', {
  make: ({ registry, app }) => {
    const { urls: _, ...layer } = foreignLayer(100);
    return registry.pathOf(app.image({ tag: '1.0', layers: [layer] }).layer(0));
  },
  code: 'BLOB_UNKNOWN',
  exitCode: 3,
  says: [/^manifest → layer 1: layer sha256:[0-9a-f]{64} is not in the storage/],
});

testBadInput('a zstd layer that is not to be distributed and not stored, which registries insist on', {
  make: ({ registry, app }) =>
    registry.pathOf(app.image({ tag: '1.0', layers: [foreignLayer(100, { compression: 'zstd' })] }).layer(0)),
  code: 'BLOB_UNKNOWN',
  exitCode: 3,
  says: [/^manifest → layer 1: layer sha256:[0-9a-f]{64} is not in the storage/],
});

testBadInput('a missing layer whose embedded data is something else', {
  make: ({ registry, app }) => {
    const config = { content: '{}', stored: false };
    const data = Buffer.from('[]').toString('base64');
    const image = app.image({ config, layers: [] });
    const descriptor = {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: image.config.digest,
      size: 2,
      data,
    };
    app.image({ tag: '1.0', config: 'x', layers: [], overrides: { config: descriptor } });
    return registry.pathOf(image.config);
  },
  code: 'BLOB_UNKNOWN',
  exitCode: 3,
  says: [/^manifest → config: config sha256:[0-9a-f]{64} is not in the storage/],
});

testBadInput('a cache record that is missing', {
  make: ({ registry, app }) => registry.remove(app.cacheIndex({ tag: '1.0' }).layer(1)),
  code: 'BLOB_UNKNOWN',
  exitCode: 3,
  says: [/^index → entry 2: layer sha256:[0-9a-f]{64} is not in the storage/],
});

testBadInput('a damaged signature of a schema1 image', {
  make: ({ registry, app }) => {
    const [signature] = app.schema1({ tag: '1.0', signature: 'linked' }).signatures;
    return signature && registry.flipBit(signature);
  },
  code: 'DIGEST_MISMATCH',
  exitCode: 4,
  says: [/^manifest → signature: /, wrongBytes],
  whenCopied: true,
});

test('all that is missing is said at once', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const [one, two] = [app.image({ tag: '1' }), app.image({ tag: '2' })];
  const gone = [one.config, one.layer(0), one.layer(1), two.layer(0)];
  for (const blob of gone) registry.remove(blob);
  const { report, listing } = await scrapeTree(registry, ['app:1', 'app:2']);
  assert.deepEqual(
    report.errors.map(({ code, reference, digest }) => [code, reference, digest]),
    gone.map((blob, at) => ['BLOB_UNKNOWN', at < 3 ? 'app:1' : 'app:2', blob.digest]),
  );
  assert.deepEqual([listing.size, exitCodeFor(report.errors)], [0, 3]);
});

test('a blob that several images need fails all of them, and is reported once', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const base = app.blob(2000);
  for (const tag of ['1', '2']) app.image({ tag, layers: [base, 100] });
  app.image({ tag: '3' });
  registry.flipBit(base);
  const { report, output } = await scrapeTree(registry, ['app:1', 'app:2', 'app:3'], { keepGoing: true });
  assert.deepEqual(
    report.images.map(({ status }) => status),
    ['failed', 'failed', 'copied'],
  );
  assert.deepEqual(
    report.errors.map(({ code, digest }) => [code, digest]),
    [['DIGEST_MISMATCH', base.digest]],
  );
  assertServable(output);
});

test('wrong bytes outrank what is missing', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  registry.remove(app.image({ tag: '1' }).layer(0));
  registry.flipBit(app.image({ tag: '2' }).layer(0));
  const { report } = await scrapeTree(registry, ['app:1', 'app:2', 'app:3'], { keepGoing: true });
  assert.equal(exitCodeFor(report.errors), 4);
  assert.equal(report.errors.length, 3);
});

test('one bit, anywhere in any blob, is always noticed', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.index([app.image({ layers: [60, 1] }), app.schema1({ layers: [30] }), app.artifact()], { tag: '1' });
  const { output } = await scrapeTree(registry, 'app:1');
  const blobs = [...output.keys()].filter(path => path.endsWith('/data'));
  assert.ok(blobs.length >= 10);
  for (const path of blobs) {
    const sound = registry.tree.get(path) as Uint8Array;
    for (const bit of [0, sound.length * 4, sound.length * 8 - 1]) {
      registry.flipBit(path, bit);
      const { report, output: found } = await scrapeTree(registry, 'app:1');
      assert.equal(exitCodeFor(report.errors), 4, path);
      assert.ok(![...found.keys()].some(name => name.includes('/repositories/')));
      registry.tree.set(path, sound);
    }
  }
});
