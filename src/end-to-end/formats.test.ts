import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { zstdDecompressSync, gunzipSync } from 'node:zlib';
import { fileOutput } from '../archive/file-output.ts';
import { inlineProver } from '../archive/prover.ts';
import { writeArchive } from '../archive/write-tar.ts';
import type { Format } from '../bundle/format.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Report } from '../report.ts';
import { formatArchive, layoutDirectory } from '../ship-format.ts';
import { withRegistry } from '../testing/docker-registry.ts';
import { scrapeInto } from '../testing/formats.ts';
import type { Image } from '../testing/image.ts';
import { mayMount } from '../testing/image-workshop.ts';
import type { Part } from '../testing/parts.ts';
import { seededRandom } from '../testing/random.ts';
import { pullManifest } from '../testing/registry-client.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import type { Manifest } from '../testing/repository.ts';
import { requirements } from '../testing/requirements.ts';
import { mustRun, type RunOptions } from '../testing/run.ts';
import { localSink } from '../testing/scrape.ts';

/** Layers that can be unpacked, so that every client can take the image. */
function layers(...names: readonly string[]): readonly Part[] {
  return names.map(name => ({ content: { files: { [`etc/${name}`]: seededRandom(name).bytes(20_000) } } }));
}

interface Shop {
  readonly registry: RegistryBuilder;
  readonly images: ReadonlyMap<string, Image>;
  /** Of two platforms: Docker's and OCI's. */
  readonly lists: ReadonlyMap<string, Manifest>;
  readonly all: readonly string[];
}

/** Images of all kinds that these formats hold, in two repositories. */
function shop(): Shop {
  const registry = buildRegistry('formats');
  const app = registry.repository('team/app');
  const images = new Map([
    ['team/app:docker', app.image({ tag: 'docker', format: 'docker', layers: layers('base', 'docker') })],
    ['team/app:oci', app.image({ tag: 'oci', layers: layers('base', 'oci') })],
    ['team/app:zstd', app.image({ tag: 'zstd', compression: 'zstd', layers: layers('zstd') })],
    ['team/app:plain', app.image({ tag: 'plain', compression: 'none', layers: layers('plain') })],
    [
      'other:arm',
      registry
        .repository('other')
        .image({ tag: 'arm', platform: 'linux/arm64', format: 'docker', layers: layers('base', 'arm') }),
    ],
  ]);
  const lists = new Map(
    (['docker', 'oci'] as const).map(format => {
      const children = ['linux/amd64', 'linux/arm64'].map(platform =>
        app.image({ platform, format, layers: layers('base', `${format} ${platform.slice(6)}`) }),
      );
      return [`team/app:${format}-list`, app.index(children, { tag: `${format}-list`, format })];
    }),
  );
  const signed = images.get('team/app:oci') ?? assert.fail();
  app.signature(signed);
  app.artifact({ subject: signed });
  return { registry, images, lists, all: [...images.keys(), ...lists.keys()] };
}

const common = ['--insecure-policy', '--override-arch=amd64', '--override-os=linux'];
const skopeo = (...args: readonly string[]): Promise<string> => mustRun('skopeo', [...common, ...args]);
const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('images for sites without a registry', { skip: requirements(['skopeo', 'docker-registry']) }, () => {
  let base: string;
  let scratch = 0;
  const { registry, images, lists, all } = shop();
  before(async () => {
    // short, and in lower case: podman makes a name of an image out of the place that it was pulled from
    base = path.join(tmpdir(), `scraper-formats-${randomUUID().slice(0, 8)}`);
    await mkdir(base);
  });
  after(() => rm(base, { recursive: true, force: true }));

  async function place(): Promise<string> {
    const directory = path.join(base, String((scratch += 1)));
    await mkdir(directory);
    return directory;
  }

  async function layoutOf(references: readonly string[], directory: string): Promise<Report> {
    const sink = localSink(directory);
    const report = await scrapeInto(
      layoutDirectory(sink, { keepGoing: false, verifyExisting: false }),
      registry,
      references,
    );
    assert.deepEqual(report.errors, []);
    return report;
  }

  async function archiveOf(
    format: Format,
    references: readonly string[],
    platform?: string,
  ): Promise<string> {
    const file = path.join(await place(), 'images.tar');
    const output = formatArchive(format, async (items, context) =>
      writeArchive({
        ...{ items, ...context, prover: inlineProver() },
        output: await fileOutput({ path: file, force: false, sync: false, now: Date.now }),
      }),
    );
    const platforms = platform === undefined ? {} : { platforms: [parsePlatform(platform)] };
    const report = await scrapeInto(output, registry, references, platforms);
    assert.deepEqual(report.errors, []);
    assert.ok(report.images.every(({ status }) => status === 'copied'));
    return file;
  }

  /** skopeo finds every image by its name, and takes it from there to a registry with the digest it had in the source. */
  async function assertCopies(source: string): Promise<void> {
    await withRegistry(await place(), async ({ address, url }) => {
      for (const name of all) {
        const inspected = JSON.parse(await skopeo('inspect', '--config', `${source}:${name}`)) as {
          rootfs: unknown;
        };
        assert.ok(inspected.rootfs);
        const [repository = '', tag = ''] = name.split(':');
        const flags = ['--preserve-digests', ...(lists.has(name) ? ['--all'] : [])];
        await skopeo(
          'copy',
          '--quiet',
          ...flags,
          '--dest-tls-verify=false',
          `${source}:${name}`,
          `docker://${address}/${name}`,
        );
        const pulled = await pullManifest(url, repository, tag);
        const expected = images.get(name) ?? lists.get(name) ?? assert.fail();
        if (name !== 'team/app:docker-list') assert.equal(pulled.digest, expected.digest, name);
        // the list is another one, but its images are the same
        const childrenOf = (bytes: Uint8Array): unknown =>
          (JSON.parse(Buffer.from(bytes).toString()) as { manifests?: { digest: string }[] }).manifests?.map(
            one => one.digest,
          );
        assert.deepEqual(childrenOf(pulled.bytes), childrenOf(expected.bytes), name);
      }
    });
  }

  test('skopeo copies every image out of an OCI layout, with the digests of the source', async () => {
    const directory = await place();
    const report = await layoutOf(all, directory);
    assert.deepEqual(
      report.images.map(({ status }) => status),
      all.map(() => 'copied'),
    );
    assert.deepEqual(report.warnings.filter(one => one.code === 'FORMAT_LOSES').length, 2);
    await assertCopies(`oci:${directory}`);
  });

  test('and out of one in a tar', async () => {
    await assertCopies(`oci-archive:${await archiveOf('oci', all)}`);
  });

  test('a layout takes more images, keeps those it has, and finds nothing to do the second time', async () => {
    const directory = await place();
    const [first = '', second = '', ...others] = all;
    await layoutOf([first], directory);
    const more = await layoutOf([second, first], directory);
    assert.deepEqual(
      more.images.map(({ status }) => status),
      ['copied', 'present'],
    );
    await layoutOf(others, directory);
    await assertCopies(`oci:${directory}`);
    const index = await readFile(path.join(directory, 'index.json'), 'utf8');
    const again = await layoutOf(all, directory);
    assert.ok(again.images.every(({ status }) => status === 'present'));
    assert.equal(again.totals.copiedBytes, 0);
    const sorted = (text: string): unknown =>
      (JSON.parse(text) as { manifests: { digest: string }[] }).manifests
        .map(one => JSON.stringify(one))
        .sort();
    assert.deepEqual(sorted(await readFile(path.join(directory, 'index.json'), 'utf8')), sorted(index));
  });

  test('umoci reads OCI images out of it', { skip: requirements(['umoci']) }, async () => {
    const directory = await place();
    await layoutOf(['team/app:oci', 'team/app:plain'], directory);
    const names = (await mustRun('umoci', ['ls', '--layout', directory])).trim().split('\n');
    assert.ok(
      ['team/app:oci', 'team/app:plain'].every(name => names.includes(name)),
      names.join(),
    );
    await mustRun('umoci', ['stat', '--image', `${directory}:team/app:oci`]);
  });

  test('skopeo reads every image of an archive for docker load by its name, with the very same layers', async () => {
    const file = await archiveOf('docker-archive', [...images.keys()]);
    for (const [name, image] of images) {
      const target = await place();
      await skopeo('copy', '--quiet', `docker-archive:${file}:${name}`, `dir:${target}`);
      const copied = JSON.parse(await readFile(path.join(target, 'manifest.json'), 'utf8')) as {
        config: { digest: string };
        layers: { digest: string }[];
      };
      assert.equal(copied.config.digest, image.config.digest);
      const unpacked = image.layers.map(({ contents }) => sha256(plain(contents as Buffer)));
      assert.deepEqual(
        copied.layers.map(({ digest }) => digest),
        unpacked,
      );
    }
  });

  test('of an index the chosen platform is in it', async () => {
    const file = await archiveOf('docker-archive', [...lists.keys()], 'linux/arm64');
    for (const name of lists.keys()) {
      const config = await skopeo('inspect', '--config', `docker-archive:${file}:${name}`);
      assert.equal((JSON.parse(config) as { architecture: string }).architecture, 'arm64');
    }
  });

  describe('with podman', { skip: requirements(['podman']) }, () => {
    let podman: ((...args: readonly string[]) => Promise<string>) | undefined;
    before(async () => {
      if (!(await mayMount())) return;
      const store = await place();
      const options: RunOptions = { env: { ...process.env, HOME: store, TMPDIR: store } };
      const roots = ['--root', path.join(store, 'storage'), '--runroot', path.join(store, 'run')];
      const plainly = ['--storage-driver=vfs', '--cgroup-manager=cgroupfs', '--events-backend=none'];
      podman = (...args) => mustRun('podman', [...roots, ...plainly, ...args], options);
    });
    const leftOut = 'podman is left out: this process may not make namespaces';

    test('every image of an archive for docker load is loaded, under its name and with its ID', async t => {
      if (!podman) return t.diagnostic(leftOut);
      const said = await podman('load', '--input', await archiveOf('docker-archive', [...images.keys()]));
      for (const [name, image] of images) {
        assert.match(said, new RegExp(`${name}$`, 'm'));
        const id = await podman('image', 'inspect', '--format={{.Id}}', name);
        assert.equal(`sha256:${id.trim()}`, image.config.digest);
      }
    });

    test('every image is pulled out of an OCI layout, in a directory and in a tar', async t => {
      if (!podman) return t.diagnostic(leftOut);
      const directory = await place();
      await layoutOf(all, directory);
      for (const source of [`oci:${directory}`, `oci-archive:${await archiveOf('oci', all)}`]) {
        for (const name of all) {
          const id: string = (await podman('pull', '--quiet', `${source}:${name}`)).trim();
          const expected = images.get(name)?.config.digest ?? `sha256:${id}`;
          assert.equal(`sha256:${id}`, expected);
        }
      }
    });
  });
});

function plain(bytes: Buffer): Uint8Array {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes);
  return bytes.readUInt32LE(0) === 0xfd2fb528 ? zstdDecompressSync(bytes) : bytes;
}
