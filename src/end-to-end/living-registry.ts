import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { mediaTypes } from '../oci/media-type.ts';
import { parseDigest } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import { garbageCollect, startRegistry } from '../testing/docker-registry.ts';
import type { Random } from '../testing/random.ts';
import { deleteManifest, pushBlob, pushManifest, type PushedBlob } from '../testing/registry-client.ts';
import { tar } from '../testing/tar.ts';
import { tagHistory, type TagHistory } from './tag-history.ts';

/** A stock registry that never rests: it is pushed to, deleted from, and collected while it does both. */
export interface LivingRegistry {
  /** Its root directory. */
  readonly root: string;
  /** All tags that it ever has, `repository:tag`. */
  readonly names: readonly string[];
  readonly history: TagHistory;
  /** What was done so far, and what the registry itself refused because of a collection. */
  readonly counts: ReadonlyMap<string, number>;
  /** Ends everything, and throws what went wrong in it. */
  stop(): Promise<void>;
}

const repositories = ['team/app', 'team/web', 'team/deep/api'];
const tags = ['1', '2', '3', 'edge'];
/** Milliseconds between two collections. */
const REST = 200;
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
/** Layers that images of all repositories share. */
const SHARED = 6;

/** Starts one over the new directory `root`, fills it, and lets it live until it is stopped. */
export async function liveRegistry(root: string, random: Random): Promise<LivingRegistry> {
  const registry = await startRegistry(root);
  const names = repositories.flatMap(repository => tags.map(tag => `${repository}:${tag}`));
  const history = tagHistory();
  const counts = new Map<string, number>();
  const count = (what: string): unknown => counts.set(what, (counts.get(what) ?? 0) + 1);
  const layerOf = (bytes: Buffer): Buffer => gzipSync(tar({ data: bytes }), { level: 0 });
  const shared = Array.from({ length: SHARED }, () => layerOf(random.bytes(30_000)));
  /** Manifests below what each tag leads to, which a cleanup deletes after it. */
  const below = new Map<string, readonly string[]>();
  const { url } = registry;

  /** A collection takes the platforms of an index that is pushed meanwhile, and leaves the index: that would be a sparse one. */
  let last: Promise<unknown> = Promise.resolve();
  function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  }

  async function pushImage(repository: string, tag?: string): Promise<PushedBlob> {
    const own = Array.from({ length: 1 + random.integer(3) }, () =>
      layerOf(random.bytes(1000 + random.integer(40_000))),
    );
    const layers = [shared[random.integer(SHARED)] ?? Buffer.alloc(0), ...own];
    const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', id: random.hex(16) }));
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: await pushBlob(url, repository, mediaTypes.ociConfig, config),
      layers: await Promise.all(layers.map(layer => pushBlob(url, repository, LAYER, layer))),
    };
    return putManifest(repository, mediaTypes.ociManifest, manifest, tag);
  }

  /** Notes what the tag may lead to from now on, before it does. */
  async function putManifest(
    repository: string,
    mediaType: string,
    manifest: object,
    tag: string | undefined,
  ): Promise<PushedBlob> {
    const put = (): Promise<PushedBlob> => pushManifest(url, repository, mediaType, manifest, tag);
    if (tag === undefined) return put();
    return history.pushing(`${repository}:${tag}`, manifest, put);
  }

  async function push(name: string): Promise<void> {
    const [repository = '', tag = ''] = name.split(':');
    count('pushes');
    const before = history.now(name);
    const children: PushedBlob[] = [];
    const doomed = below.get(name) ?? [];
    const pushIndex = async (): Promise<void> => {
      for (let child = 0; child < 2; child++) children.push(await pushImage(repository));
      const manifests = children.map((child, at) => ({
        ...child,
        platform: { os: 'linux', architecture: ['amd64', 'arm64'][at] ?? '' },
      }));
      const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
      await putManifest(repository, mediaTypes.ociIndex, index, tag);
    };
    if (random.integer(3) === 0) await oneAtATime(pushIndex);
    else await pushImage(repository, tag);
    below.set(
      name,
      children.map(({ digest }) => digest),
    );
    if (before !== undefined && random.integer(2) === 0) {
      for (const digest of [before, ...doomed]) await deleteManifest(url, repository, digest);
      count('cleanups after a push');
    }
  }

  async function remove(name: string): Promise<void> {
    const [repository = ''] = name.split(':');
    const digest = history.now(name);
    if (digest === undefined) return;
    count('deletions');
    const doomed = below.get(name) ?? [];
    await history.deleting(name, () => deleteManifest(url, repository, digest));
    for (const child of doomed) await deleteManifest(url, repository, child);
  }

  const over = new AbortController();

  /** Pushes and deletes in one repository. The collector takes away what is just being pushed, so it may fail: as in life. */
  async function change(repository: string): Promise<void> {
    while (!over.signal.aborted) {
      const name = `${repository}:${tags[random.integer(tags.length)] ?? ''}`;
      const work = random.integer(3) === 0 ? remove : push;
      await work(name).catch(() => count('of these refused'));
    }
  }

  async function collect(): Promise<void> {
    while (!over.signal.aborted) {
      try {
        await oneAtATime(() => garbageCollect(root, { dryRun: false, timeout: 20_000 }));
        count('collections');
      } catch (error) {
        count('collections that failed');
        await repair(error instanceof Error ? error.message : '');
      }
      await sleep(REST);
    }
  }

  /** A manifest that a collection took while it was pushed makes all that follow fail, until somebody removes its revision. */
  async function repair(complaint: string): Promise<void> {
    const [digest] = /sha256:[0-9a-f]{64}(?=: unknown manifest|$)/m.exec(complaint) ?? [];
    if (digest === undefined) return;
    for (const repository of repositories) {
      const below = pathFor({ kind: 'revision', repository, digest: parseDigest(digest) });
      await rm(path.join(root, below), { recursive: true, force: true });
    }
    count('repairs');
  }

  for (const name of names) await push(name);
  const living = Promise.all([...repositories.map(change), collect()]);
  living.catch(() => undefined); // told when it is stopped
  return {
    ...{ root, names, history, counts },
    async stop() {
      over.abort();
      try {
        await living;
      } finally {
        await registry.stop();
      }
    },
  };
}
