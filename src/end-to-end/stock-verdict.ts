import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { mediaTypes } from '../oci/media-type.ts';
import { parsePath, pathFor } from '../registry/layout.ts';
import { garbageCollect, withRegistry } from '../testing/docker-registry.ts';
import type { Tree } from '../testing/tree.ts';
import { sha256 } from './served-copy.ts';

/** What a stock registry makes of a storage directory. */
export interface StockVerdict {
  /** All that is listed, tagged or linked and does not come as it should. Empty: it serves everything. */
  readonly complaints: readonly string[];
  /** Blobs that its garbage collection would delete, or why it gives up. */
  readonly garbage: readonly string[] | Error;
  /** Digests of all manifests and blobs that it served with the right bytes. */
  readonly served: ReadonlySet<string>;
}

/** Milliseconds: a pipe in place of a file keeps a registry waiting for ever. */
const PATIENCE = 2000;

interface Body {
  readonly config?: Entry;
  readonly layers?: readonly Entry[];
  readonly fsLayers?: readonly { readonly blobSum: string }[];
  readonly manifests?: readonly Entry[];
}
interface Entry {
  readonly mediaType?: string;
  readonly digest: string;
  readonly size?: number;
  readonly urls?: readonly string[];
}
interface Answer {
  readonly status: number | string;
  readonly bytes: Buffer;
  /** What the registry says that it is. */
  readonly digest: string;
}

/**
 * Serves `root` and asks for everything: each repository that `before` has must be listed, each tag that is listed and each
 * revision that is linked must come whole, each layer must at least not be refused. Then garbage collection is tried.
 * @param before the tree when it was sound, for names to ask for
 */
export async function askRegistry(root: string, before: Tree): Promise<StockVerdict> {
  const complaints = new Set<string>();
  const served = new Set<string>();
  await withRegistry(root, async ({ url }) => {
    const asking = { url, complaints, served };
    const specs = [...before.keys()].flatMap(name => parsePath(name) ?? []);
    const { status, bytes } = await get(url, '/v2/_catalog?n=1000');
    const catalog = status === 200 ? bytes.toString() : '';
    const pushed = specs.flatMap(spec => (spec.kind === 'layerLink' ? spec.repository : []));
    for (const repository of new Set(pushed)) {
      if (!catalog.includes(JSON.stringify(repository))) complaints.add(`${repository} is not listed`);
      for (const tag of await tagsOf(asking, repository)) await pull(asking, repository, tag);
    }
    for (const spec of specs) {
      if (spec.kind === 'revisionLink' && isThere(path.join(root, pathFor(spec))))
        await pull(asking, spec.repository, spec.digest);
      if (spec.kind !== 'layerLink') continue;
      const head = await get(url, `/v2/${spec.repository}/blobs/${spec.digest}`, 'HEAD');
      if (head.status !== 200 && head.status !== 404)
        complaints.add(`layer ${spec.digest}: ${String(head.status)}`);
    }
  });
  return { complaints: [...complaints], garbage: await collect(root), served };
}

/** A symbolic link that leads nowhere is a link that is there, too. */
function isThere(place: string): boolean {
  try {
    lstatSync(place);
    return true;
  } catch {
    return false; // also where something else stands in place of a directory above it
  }
}

async function get(url: string, place: string, method = 'GET'): Promise<Answer> {
  const headers = { accept: Object.values(mediaTypes).join(', ') };
  try {
    const response = await fetch(url + place, { method, headers, signal: AbortSignal.timeout(PATIENCE) });
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, bytes, digest: response.headers.get('docker-content-digest') ?? '' };
  } catch (error) {
    return { status: error instanceof Error ? error.name : 'failed', bytes: Buffer.alloc(0), digest: '' };
  }
}

/** A repository without tags answers 404. */
async function tagsOf({ url, complaints }: Asking, repository: string): Promise<readonly string[]> {
  const { status, bytes } = await get(url, `/v2/${repository}/tags/list`);
  if (status !== 200 && status !== 404) complaints.add(`tags of ${repository}: ${String(status)}`);
  return status === 200 ? ((JSON.parse(bytes.toString()) as { tags: string[] | null }).tags ?? []) : [];
}

interface Asking {
  readonly url: string;
  readonly complaints: Set<string>;
  readonly served: Set<string>;
}

/** @param mayLack an index need not have all its entries */
async function pull(asking: Asking, repository: string, reference: string, mayLack = false): Promise<void> {
  const { url, complaints, served } = asking;
  const { status, bytes, digest } = await get(url, `/v2/${repository}/manifests/${reference}`);
  if (status !== 200) {
    if (!mayLack || status !== 404) complaints.add(`manifest ${repository} ${reference}: ${String(status)}`);
    return;
  }
  const body = JSON.parse(bytes.toString()) as Body;
  // schema1 is signed anew whenever it is served
  const expected = reference.startsWith('sha256:') ? reference : digest;
  if (!body.fsLayers && sha256(bytes) !== expected)
    complaints.add(`manifest ${repository} ${reference}: other bytes`);
  served.add(expected);
  for (const blob of [
    ...(body.config ? [body.config] : []),
    ...(body.layers ?? []),
    ...(body.fsLayers ?? []).map(({ blobSum }) => ({ digest: blobSum })),
  ])
    await pullBlob(asking, repository, blob);
  for (const entry of body.manifests ?? []) {
    if (/manifest|index/.test(entry.mediaType ?? '')) await pull(asking, repository, entry.digest, true);
    else await pullBlob(asking, repository, entry);
  }
}

async function pullBlob(
  { url, complaints, served }: Asking,
  repository: string,
  { digest, size, urls = [] }: Entry,
): Promise<void> {
  const { status, bytes } = await get(url, `/v2/${repository}/blobs/${digest}`);
  const complain = (why: string): void => void complaints.add(`blob ${repository} ${digest}: ${why}`);
  if (status !== 200) {
    if (urls.length === 0) complain(String(status));
    return;
  }
  if (!matches(bytes, digest)) complain('other bytes');
  if (size !== undefined && size !== bytes.length) complain('another size');
  served.add(sha256(bytes));
}

function matches(bytes: Buffer, digest: string): boolean {
  const [algorithm = '', expected] = digest.split(':');
  return createHash(algorithm).update(bytes).digest('hex') === expected;
}

async function collect(root: string): Promise<readonly string[] | Error> {
  try {
    const { output } = await garbageCollect(root, { dryRun: true, timeout: 3 * PATIENCE });
    return [...output.matchAll(/^blob eligible for deletion: (\S+)$/gm)].map(([, digest = '']) => digest);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
