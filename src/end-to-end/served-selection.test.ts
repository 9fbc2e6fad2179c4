import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { referrersTag } from '../testing/artifacts.ts';
import { startRegistry, withRegistry, type RunningRegistry } from '../testing/docker-registry.ts';
import { tagsList } from '../testing/registry-client.ts';
import { requirements } from '../testing/requirements.ts';
import { listDirectory } from '../testing/tree.ts';
import { runProgram } from './program.ts';
import { pullByHttp } from './pull.ts';
import * as served from './served-copy.ts';
import { signedRegistry, type SignedIndex } from './signed-registry.ts';

/** The two platforms that the tests ask for; by the OCI rules linux/arm64 is the index's linux/arm64/v8. */
const two = ['--platform', 'linux/arm64,linux/amd64'];

describe(
  'copies of some platforms and of what belongs to them',
  { skip: requirements(['docker-registry', 'skopeo']) },
  () => {
    const { registry, cosign, referred } = signedRegistry();
    const nameOf = ({ repository, tag }: SignedIndex): string => `${repository}:${tag}`;
    const both = [nameOf(cosign), nameOf(referred)];
    let base: string;
    let data: string;
    let source: RunningRegistry;

    before(async () => {
      base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-served-'));
      data = path.join(base, 'source');
      await registry.write(data);
      source = await startRegistry(data);
    });
    after(async () => {
      await source.stop();
      await rm(base, { recursive: true, force: true });
    });

    /** Scrapes into a directory of this name, which then is returned. */
    async function scrape(name: string, references: readonly string[], ...flags: string[]): Promise<string> {
      const output = path.join(base, name);
      const places = ['--data-dir', data, '--output-dir', output, '--json'];
      const { status, stdout, stderr } = await runProgram([...references, ...places, ...flags]);
      assert.equal(status, 0, stdout + stderr);
      return output;
    }

    /** Fallback tags that a complete copy has: one for each manifest that something refers to. */
    const fallbackTags = ({ referrers }: SignedIndex): readonly string[] =>
      referrers.map(([subject]) => referrersTag(subject));

    test('two platforms and what belongs to them are pulled from a stock registry with equal digests', async t => {
      const output = await scrape('two', both, ...two);
      const scratch = path.join(base, 'pulled');
      await withRegistry(output, async copy => {
        const pair = { source, copy };
        for (const signed of [cosign, referred]) {
          const { repository, tag } = signed;
          await t.test(`${nameOf(signed)}: the index, each platform kept, none that was left`, async () => {
            await served.assertIndex(pair, signed);
            await served.assertPlatforms(pair, signed, 2, scratch);
          });
          await t.test(`${nameOf(signed)}: its digest tags, and no others`, async () => {
            const expected = new Set([tag, ...signed.tags.keys(), ...fallbackTags(signed)]);
            assert.deepEqual((await tagsList(copy.url, repository)).toSorted(), [...expected].sort());
            for (const [name, { digest }] of signed.tags) {
              await served.assertServed(pair, repository, name);
              assert.ok((await pullByHttp(copy.url, repository, name)).has(digest));
            }
            const left = [...signed.leftTags.values(), ...signed.leftReferrers];
            for (const { digest } of left) await served.assertUnknown(pair, repository, digest);
          });
        }
        await t.test('a stock client pulls the signatures by their tags', async () => {
          for (const [name, { digest }] of cosign.tags) {
            const target = path.join(scratch, name);
            const reference = `${cosign.repository}:${name}`;
            const { status, stderr } = await served.pullPlatform(
              copy.address,
              reference,
              'linux/amd64',
              target,
            );
            assert.equal(status, 0, stderr);
            assert.equal(served.sha256(await readFile(path.join(target, 'manifest.json'))), digest);
          }
        });
        await t.test('referrers are found by the tag schema, the signature of an SBOM as well', async () => {
          for (const [subject, found] of Map.groupBy(referred.referrers, ([{ digest }]) => digest)) {
            const digests = found.map(([, { digest }]) => digest);
            await served.assertReferrers(pair, referred.repository, subject, digests);
          }
        });
      });
      await served.assertNoGarbage(output);
    });

    test('the copy holds each blob that is needed and none that is not', async () => {
      const output = await scrape('exact', both, '--platform=linux/amd64', '--platform=linux/arm64/v8');
      const needed = new Set<string>();
      for (const { repository, index, children, attestations, tags, referrers } of [cosign, referred]) {
        needed.add(index.digest);
        const taken = [children, attestations].flatMap(all => all.slice(0, 2));
        for (const { digest } of [...taken, ...tags.values(), ...referrers.map(([, one]) => one)]) {
          for (const blob of (await pullByHttp(source.url, repository, digest)).keys()) needed.add(blob);
        }
      }
      const blobs = await readdir(path.join(output, 'docker/registry/v2/blobs/sha256'), { recursive: true });
      const found = blobs
        .filter(file => file.endsWith('data'))
        .map(file => `sha256:${path.basename(path.dirname(file))}`);
      assert.deepEqual(
        [...needed].filter(digest => !found.includes(digest)),
        [],
      );
      // the fallback tags that the source lacks: of the index, of its SBOM, and of its image for linux/amd64
      const written = found.filter(digest => !needed.has(digest));
      assert.equal(written.length, new Set(fallbackTags(referred)).size - referred.tags.size);
    });

    test('all platforms keep what belongs to any of them', async () => {
      const output = await scrape('all', both);
      await withRegistry(output, async copy => {
        for (const signed of [cosign, referred]) {
          for (const name of [signed.tag, ...signed.tags.keys(), ...signed.leftTags.keys()])
            await served.assertServed({ source, copy }, signed.repository, name);
        }
      });
      await served.assertNoGarbage(output);
    });

    test('signatures alone come along by their types', async () => {
      const types = ['--referrers', 'sig', '--referrers', '*notary*'];
      const output = await scrape('signatures', both, ...types, '--platform', 'linux/arm64');
      await withRegistry(output, async copy => {
        const signed = [cosign.index, ...cosign.children.slice(1, 2)];
        const expected = [cosign.tag, ...signed.map(one => `${referrersTag(one)}.sig`)];
        assert.deepEqual((await tagsList(copy.url, cosign.repository)).toSorted(), expected.sort());
        const { repository, tag, index } = referred;
        assert.deepEqual(
          (await tagsList(copy.url, repository)).toSorted(),
          [tag, referrersTag(index)].sort(),
        );
        const notation = referred.referrers[1]?.[1].digest ?? '';
        await served.assertReferrers({ source, copy }, repository, index.digest, [notation]);
      });
      await served.assertNoGarbage(output);
    });

    test('without referrers an index brings only what it lists itself', async () => {
      const output = await scrape('bare', both, '--no-referrers', ...two);
      await withRegistry(output, async copy => {
        for (const signed of [cosign, referred]) {
          assert.deepEqual(await tagsList(copy.url, signed.repository), [signed.tag]);
          await served.assertPlatforms({ source, copy }, signed, 2, path.join(base, 'pulled-bare'));
        }
      });
      await served.assertNoGarbage(output);
    });

    test('one platform after the other into one output makes the same as both at once', async () => {
      const expected = await listDirectory(await scrape('at-once', both, ...two));
      await scrape('in-turn', both, '--platform', 'linux/amd64');
      const output = await scrape('in-turn', both, '--platform', 'linux/arm64');
      assert.deepEqual(await listDirectory(output), expected);
    });

    test('the same selection makes the same tree, whatever the order, the workers or the way of copying', async () => {
      const expected = await listDirectory(await scrape('same', both, ...two));
      const others = [
        await scrape('again', both, '--platform', 'linux/amd64', '--platform', 'linux/arm64/v8'),
        await scrape('linked', both.toReversed(), ...two, '--link'),
        await scrape('single', both, ...two, '--concurrency', '1'),
        await scrape('same', both, ...two), // once more into the same place
      ];
      for (const output of others) assert.deepEqual(await listDirectory(output), expected);
    });
  },
);
