import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface Comparison {
  readonly files: number;
  readonly bytes: number;
  /** Files under blobs/ among them, each of which was hashed. */
  readonly blobs: number;
  /** Files of the source that are not in the copy. */
  readonly left: number;
}

/**
 * Compares a copy with its source, with nothing of the product's code: every file of the copy must be in the source, byte
 * for byte, and every blob must hash to its name.
 * @throws Error naming the first file that is not so
 */
export function compareTrees(source: string, copy: string): Comparison {
  const files = filesBelow(copy);
  let bytes = 0;
  let blobs = 0;
  for (const file of files) {
    const content = readFileSync(join(copy, file));
    if (!content.equals(readFileSync(join(source, file))))
      throw new Error(`${file} differs from the source's`);
    bytes += content.length;
    const name = /blobs\/sha256\/..\/([0-9a-f]{64})\/data$/.exec(file)?.[1];
    if (name === undefined) continue;
    blobs += 1;
    if (createHash('sha256').update(content).digest('hex') !== name)
      throw new Error(`${file} does not hash to its name`);
  }
  return { files: files.length, bytes, blobs, left: filesBelow(source).length - files.length };
}

export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

/** A tree in few lines: a folder that holds a single folder shares its line, digests are shortened and counted. */
export function outline(folder: string, indent = '  '): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const digests = entries
    .filter(entry => /^[0-9a-f]{64}$/.test(entry.name))
    .map(entry => entry.name.slice(0, 8));
  if (digests.length > 0)
    return [`${indent}${digests.slice(0, 4).join(' ')}${digests.length > 4 ? ' …' : ''}`];
  return entries.flatMap(entry => {
    if (!entry.isDirectory()) return [`${indent}${entry.name}`];
    const path = onlyChildren(folder, entry.name);
    return [`${indent}${path}/`, ...outline(join(folder, path), `${indent}  `)];
  });
}

/** `a/b/c` when `a` holds nothing but the folder `b` and `b` nothing but `c`. */
function onlyChildren(folder: string, path: string): string {
  const [only, ...others] = readdirSync(join(folder, path), { withFileTypes: true });
  if (only === undefined || others.length > 0 || !only.isDirectory() || only.name.length === 64) return path;
  return onlyChildren(folder, `${path}/${only.name}`);
}
