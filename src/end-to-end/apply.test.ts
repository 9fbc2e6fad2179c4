import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ApplyReport } from '../apply/apply.ts';
import { bulkRegistry, bulkShapes, type BulkRegistry } from '../testing/bulk-registry.ts';
import {
  garbageCollect,
  startRegistry,
  withRegistry,
  type RunningRegistry,
} from '../testing/docker-registry.ts';
import { catalog, pullBlob, pullManifest, pushBlob, pushManifest } from '../testing/registry-client.ts';
import { buildRegistry } from '../testing/registry.ts';
import { requirements } from '../testing/requirements.ts';
import { run } from '../testing/run.ts';
import { inspect } from './inspect.ts';
import { assertOwned, giveAway, mayGiveAway } from './owners.ts';
import { runProgram } from './program.ts';
import { copyBySkopeo, pullBySkopeo } from './pull.ts';

/** Whom the site's storage belongs to, where the test may give it away. */
const owner = { uid: 1234, gid: 2345 };

describe(
  'images applied to the storage of a registry that runs',
  { skip: requirements(['docker-registry', 'skopeo', 'diff']) },
  () => {
    let base: string;
    let central: BulkRegistry;
    let site: string;
    let shipment: string;
    let registry: RunningRegistry;
    let moved: string;
    let moves: string;
    const own = ['site/own:1', 'site/own:2'];

    before(async () => {
      base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-apply-'));
      [site, shipment] = [path.join(base, 'site'), path.join(base, 'shipment')];
      central = await bulkRegistry(bulkShapes.small, base);
      [moves = ''] = central.references;
      await mkdir(site);
      // a registry keeps what it learned about blobs in memory, with the configuration that it comes with
      registry = await startRegistry(site, { cache: true });
      await fillSite();
      moved = await digestAt(moves);
      if (mayGiveAway) await giveAway(site, owner);
      await succeed(['**:*', '--data-dir', central.root, '--output-dir', shipment]);
    });
    after(async () => {
      await registry.stop();
      await rm(base, { recursive: true, force: true });
    });

    /** A stock client pushes what the site has: images of its own, and an older one under a tag that is shipped. */
    async function fillSite(): Promise<void> {
      const older = buildRegistry('site');
      for (const reference of [...own, moves]) {
        const [name = '', tag = ''] = reference.split(':');
        older.repository(name).image({ tag, layers: [30_000, 20_000] });
      }
      await older.write(path.join(base, 'older'));
      await withRegistry(path.join(base, 'older'), async ({ address }) => {
        for (const reference of [...own, moves]) await copyBySkopeo(address, registry.address, reference);
      });
    }

    async function succeed(args: readonly string[]): Promise<string> {
      const { status, stdout, stderr } = await runProgram(args);
      assert.equal(status, 0, stdout + stderr);
      assert.equal(stderr, '');
      return stdout;
    }

    async function digestAt(reference: string): Promise<string> {
      const [repository = '', tag = ''] = reference.split(':');
      return (await pullManifest(registry.url, repository, tag)).digest;
    }

    async function pull(address: string, reference: string, name: string): Promise<string> {
      const target = path.join(base, 'pulled', name);
      await rm(target, { recursive: true, force: true });
      await mkdir(path.dirname(target), { recursive: true });
      await pullBySkopeo(address, reference, target);
      return target;
    }

    test('nothing that is new is served before, even if the registry is asked for each blob', async () => {
      const unknown = /: 404\n/;
      for (const reference of central.references.filter(name => name !== moves))
        await assert.rejects(digestAt(reference), unknown);
      for (const { repository, blobs } of (await inspect(central.root)).tags) {
        for (const digest of blobs) {
          await assert.rejects(pullBlob(registry.url, repository, digest), unknown);
          await assert.rejects(pullManifest(registry.url, repository, digest), unknown);
        }
      }
    });

    test('a dry run tells what would change and changes nothing', async () => {
      const stdout = await succeed(['apply', shipment, '-d', site, '--dry-run', '--json']);
      const report = JSON.parse(stdout) as ApplyReport;
      assert.deepEqual(
        report.movedTags.map(({ repository, tag, before }) => [`${repository}:${tag}`, before]),
        [[moves, moved]],
      );
      assert.equal(await digestAt(moves), moved);
      assert.deepEqual(await readdir(site), ['docker']);
    });

    test('old images are pulled again and again meanwhile, and no pull fails', async () => {
      const over = new AbortController();
      let pulls = 0;
      const pulling = (async () => {
        for (; pulls === 0 || !over.signal.aborted; pulls++) {
          for (const reference of own) await pull(registry.address, reference, 'meanwhile');
          await digestAt(moves);
        }
      })();
      try {
        const report = JSON.parse(await succeed(['apply', shipment, '-d', site, '--json'])) as ApplyReport;
        assert.equal(report.images.length, central.references.length);
        assert.deepEqual(
          report.movedTags.map(({ before, kept }) => [before, kept]),
          [[moved, false]],
        );
      } finally {
        over.abort();
        await pulling;
      }
      assert.ok(pulls > 0);
    });

    test('the tag that moved is served at once, and so is everything else, byte for byte', async () => {
      await withRegistry(central.root, async source => {
        for (const reference of central.references) {
          const [expected, actual] = [
            await pull(source.address, reference, 'source'),
            await pull(registry.address, reference, 'site'),
          ];
          const { stdout } = await run('diff', ['-r', expected, actual]);
          assert.equal(stdout, '', reference);
        }
      });
      assert.notEqual(await digestAt(moves), moved);
      for (const reference of own) await pull(registry.address, reference, 'own');
      const names = new Set([...central.references, ...own].map(reference => reference.split(':')[0]));
      assert.deepEqual((await catalog(registry.url)).toSorted(), [...names].toSorted());
    });

    test('what the tag pointed to before is still served by its digest', async () => {
      const [repository = ''] = moves.split(':');
      assert.equal((await pullManifest(registry.url, repository, moved)).digest, moved);
    });

    test('the collector finds no garbage, and an independent look finds nothing wrong', async () => {
      const { eligibleBlobs, eligibleManifests, output } = await garbageCollect(site, { dryRun: true });
      assert.deepEqual([eligibleBlobs, eligibleManifests], [0, 0], output);
      const { tags, problems } = await inspect(site);
      assert.deepEqual(problems, []);
      assert.equal(tags.length, central.references.length + own.length);
    });

    test('all of it belongs to whom the storage belongs to, with the permissions of the storage', async t => {
      const { mode } = await lstat(path.join(site, 'docker/registry/v2'));
      for (const entry of await readdir(path.join(site, 'docker/registry/v2'), {
        recursive: true,
        withFileTypes: true,
      })) {
        const place = path.join(entry.parentPath, entry.name);
        const found = await lstat(place);
        const expected = entry.isDirectory() ? mode & 0o777 : mode & 0o666;
        assert.equal(found.mode & 0o777, expected, place);
      }
      if (mayGiveAway) await assertOwned(site, owner);
      else t.diagnostic('owners were not looked at: only root may give files away');
    });

    test('the registry goes on taking pushes, also into repositories that were applied', async () => {
      const [, name = ''] = central.references;
      const [repository = ''] = name.split(':');
      const type = 'application/vnd.oci.image.config.v1+json';
      const config = await pushBlob(registry.url, repository, type, Buffer.from('{}'));
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const manifest = { schemaVersion: 2, mediaType, config, layers: [] };
      const { digest } = await pushManifest(registry.url, repository, mediaType, manifest, 'pushed');
      assert.equal(await digestAt(`${repository}:pushed`), digest);
    });

    test('a comparison shows only what the site has besides', async () => {
      const { status, stdout } = await runProgram(['diff', shipment, site, '--json']);
      assert.equal(status, 1, stdout);
      const { tags, blobs } = JSON.parse(stdout) as {
        readonly tags: readonly { readonly change: string }[];
        readonly blobs: { readonly removed: { readonly blobs: number } };
      };
      assert.deepEqual([...new Set(tags.map(({ change }) => change))], ['added']);
      assert.equal(blobs.removed.blobs, 0);
      assert.equal((await runProgram(['diff', shipment, central.root, '-q'])).status, 0);
    });

    test('the same again finds all of it there', async () => {
      assert.match(await succeed(['apply', shipment, '-d', site]), /^Nothing to apply: all 8 images are in /);
    });
  },
);
