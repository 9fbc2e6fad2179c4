import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  garbageCollect,
  startRegistry,
  withRegistry,
  type RunningRegistry,
} from '../testing/docker-registry.ts';
import { mayMount, workshopTools } from '../testing/image-workshop.ts';
import { pushForeignLayer, pushNestedIndex, pushSha512Layer } from '../testing/odd-images.ts';
import { seededRandom } from '../testing/random.ts';
import { fillRegistry, type RealImage, type RealImageKind } from '../testing/real-images.ts';
import { catalog, tagsList } from '../testing/registry-client.ts';
import { requirements } from '../testing/requirements.ts';
import { run } from '../testing/run.ts';
import { listDirectory } from '../testing/tree.ts';
import { inspect } from './inspect.ts';
import { runProgram } from './program.ts';
import { copyBySkopeo, pullByHttp, pullByPodman, pullBySkopeo } from './pull.ts';

/** What a stock client refuses, of the source registry as well as of a copy. */
const notForSkopeo: readonly RealImageKind[] = ['foreign layer', 'nested index', 'sha512 layer'];
const notForPodman: readonly RealImageKind[] = [
  'foreign layer',
  'nested index',
  'artifact',
  'referrers index',
  'helm chart',
];
/** 2.8 marks only the digest that a manifest names, so its collector takes a blob stored under another one for garbage. */
const unmarkedBlobs: Partial<Record<RealImageKind, number>> = { 'sha512 layer': 1 };

describe(
  'a registry filled by real clients',
  { skip: requirements(['docker-registry', 'podman', 'diff', ...workshopTools]) },
  () => {
    let base: string;
    let data: string;
    let source: RunningRegistry;
    let images: readonly RealImage[];
    let podman: boolean;

    before(async () => {
      podman = await mayMount();
      base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-real-'));
      data = await emptyDirectory('source');
      source = await startRegistry(data);
      images = await fillRegistry(source.address, await emptyDirectory('workshop'));
    });
    after(async () => {
      await source.stop();
      await rm(base, { recursive: true, force: true });
    });

    async function emptyDirectory(name: string): Promise<string> {
      const directory = path.join(base, name);
      await mkdir(directory, { recursive: true });
      return directory;
    }

    /** Runs the program on `from` and expects it to ship everything. Referrers have tests of their own. */
    async function scrape(from: string, output: string, references: readonly string[], ...flags: string[]) {
      const places = ['--data-dir', from, '--output-dir', output];
      const { status, stdout, stderr } = await runProgram([
        ...[...references, ...places, '--no-referrers', '--json'],
        ...flags,
      ]);
      assert.equal(status, 0, stdout + stderr);
      const report = JSON.parse(stdout) as { ok: boolean; images: { digest: string }[] };
      assert.equal(report.ok, true);
      return report;
    }

    /** Checks that the registry in `output` serves exactly `shipped`, each with the digests and bytes of the source. */
    async function assertServes(output: string, shipped: readonly RealImage[]): Promise<void> {
      await withRegistry(output, async copy => {
        const names = new Set(shipped.map(image => image.repository));
        assert.deepEqual((await catalog(copy.url)).toSorted(), [...names].toSorted());
        for (const name of names) {
          const tags = shipped
            .filter(image => image.repository === name && image.tag !== null)
            .map(image => image.tag);
          assert.deepEqual((await tagsList(copy.url, name)).toSorted(), tags.toSorted());
        }
        for (const { repository, tag, digest } of shipped) {
          const pulled = await pullByHttp(copy.url, repository, tag ?? digest);
          assert.ok(pulled.has(digest));
          assert.deepEqual(pulled, await pullByHttp(source.url, repository, tag ?? digest));
        }
      });
    }

    /** Pulls with the usual clients and compares what they wrote with what they write when they pull from the source. */
    async function assertPulls(output: string, { reference, kind, digest, name }: RealImage): Promise<void> {
      await withRegistry(output, async copy => {
        if (!notForSkopeo.includes(kind)) {
          const [expected, actual] = [
            path.join(base, 'pulled', name),
            path.join(base, 'pulled', `${name}-copy`),
          ];
          await emptyDirectory('pulled');
          await pullBySkopeo(source.address, reference, expected);
          await pullBySkopeo(copy.address, reference, actual);
          const different = kind === 'schema1' ? ['--exclude=manifest.json'] : []; // signed anew each time
          await assertSame(expected, actual, ...different);
        }
        if (podman && !notForPodman.includes(kind)) {
          const digests = await pullByPodman(copy.address, reference, await emptyDirectory('podman'));
          if (kind !== 'schema1')
            assert.ok(digests.includes(`@${digest}`), `${digest} is not among ${digests}`);
        }
      });
    }

    async function assertSame(expected: string, actual: string, ...flags: string[]): Promise<void> {
      const { status, stdout, stderr } = await run('diff', ['-r', ...flags, expected, actual]);
      assert.equal(stdout + stderr, '');
      assert.equal(status, 0);
    }

    async function assertNoGarbage(output: string, shipped: readonly RealImage[]): Promise<void> {
      const expected = shipped.reduce((sum, { kind }) => sum + (unmarkedBlobs[kind] ?? 0), 0);
      const {
        eligibleBlobs,
        eligibleManifests,
        output: log,
      } = await garbageCollect(output, { dryRun: true });
      assert.equal(eligibleBlobs, expected, log);
      assert.equal(eligibleManifests, 0, log);
    }

    test('each image is shipped alone, and a stock registry serves the copy with equal digests', async t => {
      if (!podman) t.diagnostic('podman is left out: this process may not make namespaces');
      for (const image of images) {
        await t.test(`${image.name} (${image.kind})`, async () => {
          const output = path.join(base, 'alone', image.name);
          const report = await scrape(data, output, [image.reference]);
          assert.deepEqual(
            report.images.map(({ digest }) => digest),
            [image.digest],
          );
          await assertServes(output, [image]);
          await assertPulls(output, image);
          await assertNoGarbage(output, [image]);
          assert.deepEqual((await inspect(output)).problems, []);
        });
      }
    });

    test('all images are shipped into one output, which holds nothing else', async () => {
      const output = path.join(base, 'together');
      const references = images.map(image => image.reference);
      await scrape(data, output, references);
      await assertServes(output, images);
      await assertNoGarbage(output, images);
      assert.deepEqual((await inspect(output)).problems, []);
      const blobs = await readdir(path.join(output, 'docker/registry/v2/blobs/sha256'), { recursive: true });
      const pulled = new Set<string>();
      for (const { repository, tag, digest } of images) {
        for (const hash of (await pullByHttp(source.url, repository, tag ?? digest)).keys()) pulled.add(hash);
      }
      assert.equal(blobs.filter(name => name.endsWith('data')).length, pulled.size);
    });

    test('a stock garbage collection deletes nothing of what was shipped', async () => {
      const output = path.join(base, 'collected');
      const marked = images.filter(({ kind }) => unmarkedBlobs[kind] === undefined);
      await scrape(
        data,
        output,
        marked.map(image => image.reference),
      );
      const before = await listDirectory(output);
      await garbageCollect(output, { dryRun: false });
      assert.deepEqual(await listDirectory(output), before);
    });

    test('one image after the other, linked or by one worker, makes the same output as all at once', async () => {
      const references = images.map(image => image.reference);
      const expected = await listDirectory(path.join(base, 'together'));
      const [oneByOne, linked, single] = [
        path.join(base, 'one'),
        path.join(base, 'linked'),
        path.join(base, 'single'),
      ];
      for (const reference of references.toReversed()) await scrape(data, oneByOne, [reference]);
      await scrape(data, linked, references, '--link');
      await scrape(data, single, references, '--concurrency=1');
      for (const output of [oneByOne, linked, single])
        assert.deepEqual(await listDirectory(output), expected);
      const blob = [...expected.keys()].find(name => name.startsWith('docker/registry/v2/blobs/')) ?? '';
      assert.equal((await stat(path.join(linked, blob))).ino, (await stat(path.join(data, blob))).ino);
      await scrape(data, oneByOne, references, '--verify-existing');
      assert.deepEqual(await listDirectory(oneByOne), expected);
    });

    test('a dry run finds every image and writes nothing', async () => {
      const output = path.join(base, 'dry');
      const report = await scrape(
        data,
        output,
        images.map(image => image.reference),
        '--dry-run',
      );
      assert.deepEqual(
        report.images.map(({ digest }) => digest),
        images.map(({ digest }) => digest),
      );
      await assert.rejects(stat(output), { code: 'ENOENT' });
    });

    /** Makes a registry that holds one image and nothing else, scrapes that, and compares the trees. */
    async function assertSilentDiff(
      name: string,
      push: (registry: RunningRegistry) => Promise<void>,
      references: readonly string[],
    ): Promise<void> {
      const pushed = await emptyDirectory(`pushed/${name}`);
      await withRegistry(pushed, push);
      const output = path.join(base, 'scraped', name);
      await scrape(pushed, output, references);
      await assertSame(pushed, output);
    }

    test('diff -r between a registry that holds one pushed image and its scrape prints nothing', async t => {
      const layer = seededRandom('diff').bytes(10_000);
      const kinds = new Map(images.filter(({ tag }) => tag !== null).map(image => [image.kind, image]));
      for (const image of [...kinds.values()].filter(({ kind }) => !notForSkopeo.includes(kind))) {
        const push = ({ address }: RunningRegistry): Promise<void> =>
          copyBySkopeo(source.address, address, image.reference);
        await t.test(image.name, () => assertSilentDiff(image.name, push, [image.reference]));
      }
      await t.test('sha512', () =>
        assertSilentDiff('sha512', ({ url }) => pushSha512Layer(url, layer), ['library/sha512:1.0']),
      );
      await t.test('foreign layer', () =>
        assertSilentDiff('foreign', ({ url }) => pushForeignLayer(url, layer), ['library/foreign:1.0']),
      );
      await t.test('index in an index', () => {
        const push = async ({ address, url }: RunningRegistry): Promise<void> => {
          await copyBySkopeo(source.address, address, 'multi/nested:inner');
          await pushNestedIndex(url, layer);
        };
        return assertSilentDiff('nested', push, ['multi/nested:1.0', 'multi/nested:inner']);
      });
    });
  },
);
