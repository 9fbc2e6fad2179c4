import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A tag that a registry over the tree would serve. */
export interface InspectedTag {
  readonly repository: string;
  readonly tag: string;
  /** Names (`sha256:…`) of all files under `blobs/` that a client fetches to have it whole. */
  readonly blobs: ReadonlySet<string>;
}

export interface Inspection {
  readonly tags: readonly InspectedTag[];
  /** How many files under `blobs/` hold what their names say. */
  readonly blobs: number;
  /** Everything a client would stumble over; empty when every tag is whole and every blob is what its name says. */
  readonly problems: readonly string[];
}

interface Json {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string; readonly urls?: readonly string[] }[];
  readonly manifests?: readonly { readonly digest: string }[];
  readonly fsLayers?: readonly { readonly blobSum: string }[];
}

/**
 * Judges a registry's tree on disk by itself, without any code of the product: goes from each tag to its manifest and on
 * to every blob, through the links that a stock registry needs, and hashes every file under `blobs/`.
 */
export async function inspect(root: string): Promise<Inspection> {
  const base = path.join(root, 'docker/registry/v2');
  const { right, problems } = await hashBlobs(path.join(base, 'blobs'));
  const tags: InspectedTag[] = [];
  for (const repository of await repositories(path.join(base, 'repositories'))) {
    const directory = path.join(base, 'repositories', repository);
    for (const tag of await names(path.join(directory, '_manifests/tags'))) {
      const link = path.join(directory, '_manifests/tags', tag, 'current/link');
      const digest = await readFile(link, 'utf8').catch(() => undefined);
      if (digest === undefined) continue; // a registry answers 404: the tag is not there yet
      const blobs = new Set<string>();
      const complain = (problem: string): number => problems.push(`${repository}:${tag}: ${problem}`);
      await visit({ base, directory, right, blobs, complain }, digest);
      tags.push({ repository, tag, blobs });
    }
  }
  return { tags, blobs: right.size, problems };
}

interface Visit {
  readonly base: string;
  readonly directory: string;
  /** Names of the blobs that hold what they should. */
  readonly right: ReadonlySet<string>;
  readonly blobs: Set<string>;
  complain(problem: string): void;
}

/** Follows a link in one of the repository's link directories to a right blob. A link has exactly a digest in it. */
async function follow(visit: Visit, links: string, digest: string): Promise<string | undefined> {
  const link = path.join(visit.directory, links, digest.replace(':', '/'), 'link');
  const target = await readFile(link, 'utf8').catch(() => undefined);
  if (target === undefined || !visit.right.has(target)) {
    visit.complain(`${link} holds ${JSON.stringify(target)}, which leads to no blob that is right`);
    return undefined;
  }
  visit.blobs.add(target);
  const data = path.join(visit.base, 'blobs', target.replace(/^sha256:(..)/, 'sha256/$1/$1'), 'data');
  if (target !== digest && !(await isHashedTo(data, digest))) visit.complain(`${data} is not ${digest}`);
  return data;
}

async function visit(context: Visit, digest: string): Promise<void> {
  const file = await follow(context, '_manifests/revisions', digest);
  if (file === undefined) return;
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Json;
  for (const child of manifest.manifests ?? []) await visit(context, child.digest);
  const stored = (manifest.layers ?? []).filter(layer => layer.urls === undefined).map(layer => layer.digest);
  const fsLayers = (manifest.fsLayers ?? []).map(layer => layer.blobSum);
  const config = manifest.config === undefined ? [] : [manifest.config.digest];
  for (const blob of new Set([...config, ...stored, ...fsLayers])) await follow(context, '_layers', blob);
  const revision = `_manifests/revisions/${digest.replace(':', '/')}`;
  for (const hex of await names(path.join(context.directory, revision, 'signatures/sha256'))) {
    await follow(context, `${revision}/signatures`, `sha256:${hex}`); // of schema1, before registry 2.5
  }
}

/** Hashes all files under `blobs/`. A problem is one whose content is not what its name says, and anything else there. */
async function hashBlobs(blobs: string): Promise<{ right: Set<string>; problems: string[] }> {
  const right = new Set<string>();
  const problems: string[] = [];
  for (const entry of await readdir(blobs, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const [, encoded] = /^sha256\/[0-9a-f]{2}\/([0-9a-f]{64})\/data$/.exec(path.relative(blobs, file)) ?? [];
    if (encoded === undefined) problems.push(`${file} does not belong there`);
    else if (await isHashedTo(file, `sha256:${encoded}`)) right.add(`sha256:${encoded}`);
    else problems.push(`${file} holds other bytes`);
  }
  return { right, problems };
}

async function isHashedTo(file: string, digest: string): Promise<boolean> {
  const [algorithm = '', encoded] = digest.split(':');
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex') === encoded;
}

async function names(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}

/** Names of all repositories below; one may stand inside another. */
async function repositories(directory: string, prefix = ''): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await names(path.join(directory, prefix))) {
    if (name === '_manifests') found.push(prefix.slice(0, -1));
    else if (!name.startsWith('_')) found.push(...(await repositories(directory, `${prefix}${name}/`)));
  }
  return found;
}
