import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bulkRegistry, bulkShapes, type BulkRegistry } from '../testing/bulk-registry.ts';
import { startRegistry, type RunningRegistry } from '../testing/docker-registry.ts';
import { seededRandom } from '../testing/random.ts';
import { pullManifest } from '../testing/registry-client.ts';
import { buildRegistry } from '../testing/registry.ts';
import { requirements } from '../testing/requirements.ts';
import { listDirectory, type Listing } from '../testing/tree.ts';
import { inspect, type InspectedTag } from './inspect.ts';
import { isLong, killAgainAndAgain, runWhole, seed } from './killing.ts';
import { assertOwned, giveAway, mayGiveAway } from './owners.ts';

/** Whom the storage belongs to, where the test may give it away. */
const owner = { uid: 1234, gid: 2345 };
/** Milliseconds between two rounds of questions. */
const PAUSE = 20;

const nameOf = ({ repository, tag }: InspectedTag): string => `${repository}:${tag}`;
/** The manifest that a tag leads to: the first blob that a client fetches. */
const digestOf = ({ blobs }: InspectedTag): string => [...blobs][0] ?? '';

describe(
  'an apply killed at any moment, into storage that a registry serves',
  { skip: requirements(['docker-registry', 'skopeo']) },
  () => {
    let base: string;
    let source: BulkRegistry;
    let site: string;
    let expected: Listing;
    /** What each tag may lead to: to what the site has, or to what is applied. */
    const old = new Map<string, string>();
    const fresh = new Map<string, string>();
    /** Ends the registry that serves; fails if any of its answers was wrong. */
    let stop: () => Promise<void> = () => Promise.resolve();
    let live: RunningRegistry | undefined;

    before(async () => {
      base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-apply-kill-'));
      const shared = path.join(tmpdir(), 'registry-scraper-bench');
      source = await (isLong ? bulkRegistry(bulkShapes.full, shared) : bulkRegistry(bulkShapes.quick, base));
      site = path.join(base, 'site');
      await makeSite();
      for (const tag of (await inspect(site)).tags) old.set(nameOf(tag), digestOf(tag));
      for (const tag of (await inspect(source.root)).tags) fresh.set(nameOf(tag), digestOf(tag));
      const whole = path.join(base, 'whole');
      await cp(site, whole, { recursive: true });
      await runWhole(argumentsFor(whole));
      expected = await listDirectory(whole);
      assert.deepEqual((await inspect(whole)).problems, []);
    });
    after(async () => {
      try {
        await stop();
      } finally {
        await rm(base, { recursive: true, force: true });
      }
    });

    const argumentsFor = (target: string): string[] => ['apply', source.root, '-d', target, '--quiet'];

    /** A registry with images of its own, and older ones under half of the tags that are applied. */
    async function makeSite(): Promise<void> {
      const registry = buildRegistry('site');
      for (const reference of source.references.filter((_, at) => at % 2 === 0)) {
        const [name = '', tag = ''] = reference.split(':');
        registry.repository(name).image({ tag, layers: [3000, 2000] });
      }
      for (const tag of ['1', '2', 'latest']) registry.repository('site/own').image({ tag, layers: [4000] });
      await registry.write(site);
    }

    /** A fresh copy of the site, which a stock registry serves from now on; it is watched for as long as it runs. */
    async function prepare(target: string): Promise<void> {
      await cp(site, target, { recursive: true });
      if (mayGiveAway) await giveAway(target, owner);
      const registry = await startRegistry(target);
      const over = new AbortController();
      const watching = watch(registry, over.signal);
      watching.catch(() => undefined); // told when it is stopped
      live = registry;
      stop = async () => {
        stop = () => Promise.resolve();
        over.abort();
        try {
          await watching;
        } finally {
          await registry.stop();
        }
      };
    }

    /** Asks for every tag of the site again and again: each must be answered with what it was, or what it is to be. */
    async function watch({ url }: RunningRegistry, over: AbortSignal): Promise<void> {
      while (!over.aborted) {
        await sleep(PAUSE); // not to take the time of what is watched
        for (const [name, before] of old) {
          const [repository = '', tag = ''] = name.split(':');
          const { digest } = await pullManifest(url, repository, tag);
          assert.ok(digest === before || digest === fresh.get(name), `${name} was ${digest}`);
        }
      }
    }

    test('leaves every tag whole, the old one or the new one, and a rerun completes it to the byte', async t => {
      await killAgainAndAgain(t, seededRandom(`apply ${String(seed)}`), {
        argumentsFor,
        prepare,
        release: () => stop(),
        async judge(target, tags) {
          const found = new Map(tags.map(tag => [nameOf(tag), digestOf(tag)]));
          for (const [name, digest] of found)
            assert.ok(digest === old.get(name) || digest === fresh.get(name), `${name}: ${digest}`);
          for (const name of old.keys()) assert.ok(found.has(name), `${name} is gone`);
          if (mayGiveAway) await assertOwned(path.join(target, 'docker'), owner);
        },
        async serve(_, use) {
          assert.ok(live);
          await use(live);
        },
        expected,
        scratch: base,
      });
    });

    test('never touches what is applied', async () => {
      const { tags, problems } = await inspect(source.root);
      assert.deepEqual(problems, []);
      assert.equal(tags.length, source.references.length);
    });
  },
);
