import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { looksLikeArchive } from '../archive/magic.ts';
import { openArchive } from '../archive/open.ts';
import { parsePartName } from '../archive/parts.ts';
import { BLOCK } from '../archive/tar.ts';
import { checkedArchive } from '../bundle/checked.ts';
import { decodeManifest, MAX_MANIFEST_BYTES } from '../bundle/decode-manifest.ts';
import { encodeManifest } from '../bundle/encode-manifest.ts';
import type { BundleManifest } from '../bundle/manifest.ts';
import { ScraperError } from '../errors.ts';
import { openBase, unionOf, type Base, type BaseUnion } from '../inventory/base.ts';
import { beginsLikeInventory } from '../inventory/codec.ts';
import { digestOf, type Digest } from '../oci/digest.ts';
import { openDataDir } from '../registry/locate.ts';
import { registrySource } from '../registry/source.ts';
import { ioFailure } from '../storage/errno.ts';
import { readHead } from '../storage/head.ts';
import { readInventory } from './inventory-file.ts';

/**
 * Opens what tells what the other side has: an inventory, a bundle, a bundle's manifest or a registry's directory.
 * @param paths absolute
 * @throws ScraperError what opening each of them throws; `USAGE` for what is none of them
 */
export async function openBases(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<BaseUnion | undefined> {
  if (paths.length === 0) return undefined;
  const bases: Base[] = [];
  for (const path of paths) bases.push(await openOne(path, signal));
  return unionOf(bases);
}

async function openOne(path: string, signal: AbortSignal): Promise<Base> {
  const head = await headOf(path);
  if (head === 'directory') {
    const { driver } = await openDataDir(path, '--base ');
    return openBase({ kind: 'registry', source: registrySource(driver, () => undefined) });
  }
  // what is read only once is an inventory: nobody sends a whole bundle to tell what it holds
  if (head === 'stream' || (head && beginsLikeInventory(head)))
    return openBase({ kind: 'inventory', inventory: await readInventory(path, path, signal) });
  if (head?.toString('latin1').trimStart().startsWith('{')) {
    const bytes = await manifestFile(path);
    return openBase({ kind: 'bundle', manifest: decodeManifest(bytes, path), digest: digestOfBytes(bytes) });
  }
  if (head && !isOfParts(path) && !looksLikeArchive(head))
    throw notABase(path, head.length === 0 ? 'it is empty' : 'it is none of the things that do');
  const manifest = await manifestOfArchive(path, signal);
  return openBase({ kind: 'bundle', manifest, digest: digestOfBytes(encodeManifest(manifest)) });
}

/** The first bytes of a file; undefined where there is none: parts are named by what they are parts of. */
async function headOf(path: string): Promise<Buffer | 'directory' | 'stream' | undefined> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) return 'directory';
    if (!info.isFile()) return 'stream';
    const file = await open(path);
    try {
      return await readHead(file, BLOCK);
    } finally {
      await file.close();
    }
  } catch (error) {
    const failure = ioFailure(error, path, 'read');
    if (failure.code === 'PATH_UNKNOWN') return undefined;
    throw failure;
  }
}

/** A part begins anywhere in an archive. */
function isOfParts(path: string): boolean {
  return parsePartName(basename(path)) !== undefined || path.endsWith('.sha256');
}

async function manifestFile(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > MAX_MANIFEST_BYTES) throw notABase(path, `it is ${String(size)} bytes long`);
    return await readFile(path);
  } catch (error) {
    throw ioFailure(error, path, 'read');
  }
}

/** The manifest stands at the very beginning, and nothing else has to be read. */
async function manifestOfArchive(path: string, signal: AbortSignal): Promise<BundleManifest> {
  const archive = await openArchive(path, { signal });
  const found: { manifest?: BundleManifest } = {};
  const checked = checkedArchive(archive, {
    onManifest: manifest => {
      if (manifest) found.manifest = manifest;
      return Promise.resolve();
    },
  });
  try {
    for await (const _ of checked.archive.entries(signal)) break;
  } finally {
    await archive.close();
  }
  if (found.manifest) return found.manifest;
  throw notABase(path, 'it is an archive without a bundle manifest');
}

function digestOfBytes(bytes: Uint8Array): Digest {
  return digestOf('sha256', createHash('sha256').update(bytes).digest('hex'));
}

function notABase(path: string, why: string): ScraperError {
  return new ScraperError('USAGE', `cannot tell from ${path} what the other side has: ${why}`, {
    path,
    hint: 'a base is an inventory (made there: registry-scraper inventory -o site.inv), a bundle, its manifest, or a registry’s directory',
  });
}
