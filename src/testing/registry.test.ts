import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, test } from 'node:test';
import { encodedOf } from '../oci/digest.ts';
import { parsePath } from '../registry/layout.ts';
import { referrersTag } from './artifacts.ts';
import { mediaTypes } from './media-types.ts';
import { foreignLayer } from './parts.ts';
import { buildRegistry, type RegistryBuilder } from './registry.ts';
import type { Manifest } from './repository.ts';
import { temporaryDirectory } from './temporary.ts';
import { listDirectory } from './tree.ts';

const v2 = 'docker/registry/v2';

/** A registry with one of everything, all of it sound. */
function everything(seed?: number): RegistryBuilder {
  const registry = buildRegistry(seed);
  const team = registry.repository('team/app');
  const image = team.image({
    tag: '1.2',
    layers: [4000, { content: { files: { 'etc/motd': 'hello\n' } } }, foreignLayer(9)],
  });
  const arm = team.image({ platform: 'linux/arm64/v8', format: 'docker', layers: [image.layer(0), 10] });
  const index = team.index([image, arm, team.attestation(image)], { tag: 'multi' });
  team.index([index, team.image({ stored: false })], { format: 'docker', tag: 'nested' });
  team.schema1({ tag: 'old', signature: 'linked', layers: [image.layer(0), 30, image.layer(0)] });
  team.schema1({ tag: 'signed', signature: 'inline', typed: true });
  team.artifact({ subject: image, emptyStored: false });
  team.chart({ tag: 'chart', provenance: true });
  team.cacheIndex({ tag: 'buildcache' });
  team.signature(image);
  team.artifactManifest({ subject: image });
  team.image({ tag: 'sha512', layers: [{ content: 77, algorithm: 'sha512' }] });
  team.image({ tag: 'from-2.1', linkedIn: 'layers' });
  team.tag('1.2', arm);
  team.ghostTag('ghost');
  team.abortedUpload();
  team.litter(team.tagLink('1.2'));
  for (const name of ['a', 'a/b', 'a/b/c'])
    registry.repository(name).image({ tag: 'x', compression: 'zstd' });
  registry.litter(registry.orphan());
  registry.databaseInUse();
  return registry;
}

const bytesAt = (registry: RegistryBuilder, path: string): Buffer => {
  const entry = registry.tree.get(path);
  assert.ok(entry instanceof Uint8Array, `no file at ${path}`);
  return Buffer.from(entry);
};

interface Body {
  readonly config: Record<string, unknown>;
  readonly layers: readonly Record<string, unknown>[];
  readonly manifests: readonly Record<string, unknown>[];
  readonly fsLayers: readonly { readonly blobSum: string }[];
  readonly signatures?: unknown;
}
const bodyOf = (manifest: Manifest): Body => JSON.parse(manifest.bytes.toString()) as Body;

describe('the registry builder', () => {
  test('gives the same tree for the same seed, and another for another', () => {
    assert.deepEqual(everything(7).listing(), everything(7).listing());
    assert.notDeepEqual(everything(7).listing(), everything(8).listing());
  });

  test('leaves for a pushed image what a stock registry leaves', () => {
    const registry = buildRegistry();
    const image = registry.repository('team/app').image({ tag: '1.2', layers: [10, 20] });
    const [config, first, second] = [image.config, image.layer(0), image.layer(1)];
    const repository = `${v2}/repositories/team/app`;
    const hex = encodedOf(image.digest);
    const expected = [
      ...[image, config, first, second].map(blob => {
        const encoded = encodedOf(blob.digest);
        return `${v2}/blobs/sha256/${encoded.slice(0, 2)}/${encoded}/data`;
      }),
      ...[config, first, second].map(blob => `${repository}/_layers/sha256/${encodedOf(blob.digest)}/link`),
      `${repository}/_manifests/revisions/sha256/${hex}/link`,
      `${repository}/_manifests/tags/1.2/current/link`,
      `${repository}/_manifests/tags/1.2/index/sha256/${hex}/link`,
      `${repository}/_uploads`,
    ];
    assert.deepEqual([...registry.listing().keys()], expected.sort());
    assert.equal(registry.listing().get(`${repository}/_uploads`), 'empty directory');
    assert.equal(
      bytesAt(registry, `${repository}/_manifests/tags/1.2/current/link`).toString(),
      image.digest,
    );
  });

  test('puts the same tree on disk as in memory', async t => {
    const registry = everything();
    const team = registry.repository('team/app');
    registry.replace(team.tagLink('chart'), 'fifo');
    registry.replace(team.tagLink('multi'), { symlink: '../../old/current/link' });
    registry.replace(team.tagLink('old'), { zeros: 5_000_000 });
    registry.replace(team.tagLink('nested'), 'directory');
    const directory = await temporaryDirectory(t);
    await registry.write(directory);
    assert.deepEqual(await listDirectory(directory), registry.listing());
  });

  test('stores every blob under its own SHA-256, and lets every link hold the digest of a stored blob', () => {
    const registry = everything();
    let links = 0;
    for (const path of registry.listing().keys()) {
      const spec = parsePath(path);
      if (spec?.kind === 'blob') {
        const found = createHash('sha256').update(bytesAt(registry, path)).digest('hex');
        assert.equal(`sha256:${found}`, spec.digest);
      } else if (path.endsWith('/link')) {
        links += 1;
        const content = bytesAt(registry, path).toString();
        assert.match(content, /^sha256:[0-9a-f]{64}$/);
        const hex = content.slice('sha256:'.length);
        assert.ok(registry.tree.has(`${v2}/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`), path);
      }
    }
    assert.ok(links > 50);
  });

  test('shares a layer between images, and links it in each repository', () => {
    const registry = buildRegistry();
    const [one, two] = [registry.repository('one'), registry.repository('two')];
    const first = one.image();
    const second = two.image({ layers: [first.layer(0)] });
    assert.equal(second.layer(0).digest, first.layer(0).digest);
    assert.notEqual(second.config.digest, first.config.digest);
    assert.ok(registry.tree.has(two.layerLink(first.layer(0))));
  });

  test('describes platforms, and makes layers of each compression that can be unpacked', () => {
    const team = buildRegistry().repository('team/app');
    const image = team.image({
      platform: 'linux/arm/v7',
      layers: [{ content: { files: { 'etc/motd': 'hello\n' } } }],
    });
    assert.deepEqual(image.descriptor.platform, { architecture: 'arm', os: 'linux', variant: 'v7' });
    const { contents } = image.layer(0);
    assert.ok(contents instanceof Uint8Array);
    const archive = gunzipSync(contents);
    assert.equal(archive.toString('utf8', 0, 8), 'etc/motd');
    assert.equal(archive.toString('utf8', 512, 518), 'hello\n');
    const config = JSON.parse(Buffer.from(image.config.contents as Uint8Array).toString()) as {
      rootfs: { diff_ids: string[] };
    };
    assert.deepEqual(config.rootfs.diff_ids, [
      `sha256:${createHash('sha256').update(archive).digest('hex')}`,
    ]);
    const types = (['none', 'gzip', 'zstd'] as const).map(
      compression => bodyOf(team.image({ compression, layers: [1] })).layers[0]?.['mediaType'],
    );
    assert.deepEqual(types, Object.values(mediaTypes.oci.layer));
  });

  test('leaves out what is not to be stored', () => {
    const registry = buildRegistry();
    const team = registry.repository('team/app');
    const missing = team.image({ stored: false, tag: 'none' });
    assert.equal(registry.tree.size, 0);
    const index = team.index([missing], { tag: 'sparse' });
    assert.equal(bodyOf(index).manifests[0]?.['digest'], missing.digest);
    assert.ok(!registry.tree.has(team.revisionLink(missing)));
    const image = team.image({
      layers: [foreignLayer(40), foreignLayer(50, { stored: true, format: 'docker' })],
    });
    assert.ok(!registry.tree.has(registry.pathOf(image.layer(0))));
    assert.ok(registry.tree.has(registry.pathOf(image.layer(1))));
    assert.deepEqual(bodyOf(image).layers[0]?.['urls'], ['https://example.com/layer']);
  });

  test('makes schema 1 manifests with duplicate layers, and signatures beside or inside', () => {
    const registry = buildRegistry();
    const team = registry.repository('team/app');
    const layer = team.blob(10);
    const linked = team.schema1({ layers: [layer, 20, layer], signature: 'linked' });
    assert.deepEqual(
      bodyOf(linked).fsLayers.map(({ blobSum }) => blobSum),
      linked.layers.map(blob => blob.digest).reverse(),
    );
    assert.equal(bodyOf(linked).signatures, undefined);
    assert.equal(linked.signatures.length, 1);
    const links = [...registry.tree.keys()].filter(path => path.includes('/signatures/'));
    assert.deepEqual(
      links.map(path => parsePath(path)?.kind),
      ['signatureLink'],
    );
    assert.ok(Array.isArray(bodyOf(team.schema1({ signature: 'inline' })).signatures));
  });

  test('makes artifacts with an empty config whose bytes the descriptor carries', () => {
    const registry = buildRegistry();
    const team = registry.repository('team/app');
    const image = team.image();
    const artifact = team.artifact({ subject: image, emptyStored: false, tag: referrersTag(image) });
    assert.equal(
      artifact.config.digest,
      'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    );
    assert.ok(!registry.tree.has(registry.pathOf(artifact.config)));
    assert.equal(bodyOf(artifact).config['data'], 'e30=');
    assert.equal(artifact.descriptor.platform, undefined);
    assert.ok(registry.tree.has(team.tagLink(image.digest.replace(':', '-'))));
    assert.ok(registry.tree.has(registry.pathOf(team.artifact().config)));
  });

  test('stores what was pushed by SHA-512 under SHA-256, with a link for each', () => {
    const registry = buildRegistry();
    const team = registry.repository('team/app');
    const image = team.image({ layers: [{ content: 77, algorithm: 'sha512' }] });
    const layer = image.layer(0);
    assert.match(layer.digest, /^sha512:[0-9a-f]{128}$/);
    assert.equal(bodyOf(image).layers[0]?.['digest'], layer.digest);
    for (const digest of [layer.digest, layer.stored]) {
      assert.equal(bytesAt(registry, team.layerLink(digest)).toString(), layer.stored);
    }
  });

  test('keeps the history of a moved tag', () => {
    const registry = buildRegistry();
    const team = registry.repository('team/app');
    const [first, second] = [team.image({ tag: 'latest' }), team.image({ tag: 'latest' })];
    assert.equal(bytesAt(registry, team.tagLink('latest')).toString(), second.digest);
    for (const image of [first, second]) assert.ok(registry.tree.has(team.tagHistoryLink('latest', image)));
  });

  test('leaves of a deleted manifest what a registry leaves', () => {
    const registry = buildRegistry();
    const team = registry.repository('team/app');
    const image = team.image({ tag: '1' });
    team.deleteManifest(image);
    const listing = registry.listing();
    assert.equal(listing.get(`${team.directory}/_manifests/tags`), 'empty directory');
    assert.equal(listing.get(team.revisionLink(image).slice(0, -'/link'.length)), 'empty directory');
    assert.ok(listing.has(registry.pathOf(image)));
    assert.ok(listing.has(team.layerLink(image.config)));
  });

  test('takes any bytes for a manifest', () => {
    const registry = buildRegistry();
    const team = registry.repository('team/app');
    for (const body of ['not JSON', Buffer.from([0xff, 0xfe]), { schemaVersion: 3 }, [1, 2]]) {
      const manifest = team.manifest(body, { tag: 'odd' });
      assert.ok(bytesAt(registry, registry.pathOf(manifest)).equals(manifest.bytes));
      assert.equal(bytesAt(registry, team.tagLink('odd')).toString(), manifest.digest);
    }
    const { descriptor } = team.manifest('{}', { mediaType: mediaTypes.oci.manifest });
    assert.equal(descriptor.mediaType, mediaTypes.oci.manifest);
  });

  test('lets a manifest say what is not true', () => {
    const team = buildRegistry().repository('team/app');
    const image = team.image({ layers: [{ content: 10, claim: { size: -1, digest: 'md5:0' } }] });
    assert.deepEqual([bodyOf(image).layers[0]?.['size'], bodyOf(image).layers[0]?.['digest']], [-1, 'md5:0']);
    const untyped = team.image({ overrides: { mediaType: undefined, layers: 7 } });
    assert.ok(!('mediaType' in bodyOf(untyped)));
    assert.equal(bodyOf(untyped).layers, 7);
  });
});

describe('breakers', () => {
  test('flip one bit, of a copy', () => {
    const registry = buildRegistry();
    const image = registry.repository('a').image();
    const before = bytesAt(registry, registry.pathOf(image.layer(0)));
    for (const bit of [0, 7, 8 * 1000 - 1, undefined]) {
      const path = registry.flipBit(image.layer(0), bit);
      const after = bytesAt(registry, path);
      const differing = before.reduce((count, byte, at) => count + popCount(byte ^ after.readUInt8(at)), 0);
      assert.equal(differing, 1);
      registry.flipBit(path, bit);
      assert.ok(bytesAt(registry, path).equals(before));
    }
  });

  test('truncate, lengthen, empty, replace and remove', () => {
    const registry = buildRegistry();
    const team = registry.repository('a');
    const image = team.image({ tag: '1' });
    assert.equal(bytesAt(registry, registry.truncate(image.layer(0), 3)).length, 3);
    assert.equal(bytesAt(registry, registry.append(image.layer(0), 'ab')).length, 5);
    assert.equal(bytesAt(registry, registry.makeEmpty(image.layer(0))).length, 0);
    assert.equal(bytesAt(registry, registry.replace(team.tagLink('1'), 'junk\n')).toString(), 'junk\n');
    const directory = registry.replace(image.config, 'directory');
    assert.equal(registry.listing().get(directory), 'empty directory');
    const gone = registry.remove(team.revisionLink(image));
    assert.ok(!registry.tree.has(gone));
    assert.equal(registry.listing().get(gone.slice(0, -'/link'.length)), 'empty directory');
    registry.remove(`${team.directory}/_manifests/tags`);
    assert.ok(!registry.tree.has(team.tagLink('1')));
    assert.throws(() => registry.remove('no/such/path'), RangeError);
    assert.throws(() => registry.flipBit(image.config), TypeError);
  });
});

function popCount(byte: number): number {
  return byte.toString(2).replaceAll('0', '').length;
}
