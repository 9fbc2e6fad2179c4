import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BulkRegistry } from '../testing/bulk-registry.ts';
import { startRegistry, type RunningRegistry } from '../testing/docker-registry.ts';
import { pullManifest } from '../testing/registry-client.ts';
import { buildRegistry } from '../testing/registry.ts';
import { inspect } from './inspect.ts';
import { digestOf, nameOf, type Victim } from './killing.ts';
import { assertOwned, giveAway, mayGiveAway } from './owners.ts';

/** Whom the storage belongs to, where it may be given away. */
const owner = { uid: 1234, gid: 2345 };
/** Milliseconds between two questions. */
const PAUSE = 5;

/**
 * An apply of all of `source` into a site's storage, to be killed. A stock registry serves the site meanwhile and is asked
 * for its tags again and again: each must be answered with what it was, or with what it is to be.
 */
export async function applyVictim(source: BulkRegistry, scratch: string): Promise<Victim> {
  const site = path.join(scratch, 'site');
  await makeSite(source, site);
  const old = await digests(site);
  const fresh = await digests(source.root);
  const known = (name: string, digest: string): void => {
    assert.ok(digest === old.get(name) || digest === fresh.get(name), `${name} is ${digest}`);
  };
  let live: { readonly registry: RunningRegistry; readonly stop: () => Promise<void> } | undefined;

  async function watch({ url }: RunningRegistry, over: AbortSignal): Promise<void> {
    const names = [...old.keys()];
    for (let turn = 0; !over.aborted; turn++) {
      await sleep(PAUSE); // not to take the time of what is watched
      const name = names[turn % names.length] ?? '';
      const [repository = '', tag = ''] = name.split(':');
      known(name, (await pullManifest(url, repository, tag)).digest);
    }
  }

  return {
    argumentsFor: target => ['apply', source.root, '-d', target, '--quiet'],
    async prepare(target) {
      await cp(site, target, { recursive: true });
      if (mayGiveAway) await giveAway(target, owner);
      const registry = await startRegistry(target);
      const over = new AbortController();
      const watching = watch(registry, over.signal);
      watching.catch(() => undefined); // told when it is stopped
      const stop = async (): Promise<void> => {
        over.abort();
        try {
          await watching;
        } finally {
          await registry.stop();
        }
      };
      live = { registry, stop };
    },
    async release() {
      const serving = live;
      live = undefined;
      await serving?.stop();
    },
    async judge(target, tags) {
      const found = new Map(tags.map(tag => [nameOf(tag), digestOf(tag)]));
      for (const [name, digest] of found) known(name, digest);
      for (const name of old.keys()) assert.ok(found.has(name), `${name} is gone`);
      if (mayGiveAway) await assertOwned(path.join(target, 'docker'), owner);
    },
    async serve(_, use) {
      assert.ok(live);
      await use(live.registry);
    },
    scratch,
  };
}

/** A registry with images of its own, and older ones under half of the tags that are applied. */
async function makeSite(source: BulkRegistry, site: string): Promise<void> {
  const registry = buildRegistry('site');
  for (const reference of source.references.filter((_, at) => at % 2 === 0)) {
    const [name = '', tag = ''] = reference.split(':');
    registry.repository(name).image({ tag, layers: [3000, 2000] });
  }
  for (const tag of ['1', '2', 'latest']) registry.repository('site/own').image({ tag, layers: [4000] });
  await registry.write(site);
}

async function digests(root: string): Promise<ReadonlyMap<string, string>> {
  return new Map((await inspect(root)).tags.map(tag => [nameOf(tag), digestOf(tag)]));
}
