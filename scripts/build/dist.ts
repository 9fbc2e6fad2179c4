import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Writes a file under its name only when it is complete: a program that is running, or a test, never meets half of it. */
export async function writeWhole(file: string, content: string, mode = 0o644): Promise<void> {
  const partial = `${file}.${String(process.pid)}.partial`;
  await writeFile(partial, content, { mode });
  await rename(partial, file);
}

/** Makes `FILE.gz` beside a file: what every host can unpack. (Level 9 takes thrice the time and saves half a percent.) */
export async function compress(file: string): Promise<string> {
  const target = `${file}.gz`;
  const partial = `${target}.${String(process.pid)}.partial`;
  try {
    await pipeline(createReadStream(file), createGzip(), createWriteStream(partial));
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
  return target;
}

/** Sums in the form that `sha256sum -c` reads, sorted by name. */
export async function checksums(files: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const file of [...files].sort()) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    lines.push(`${hash.digest('hex')}  ${basename(file)}\n`);
  }
  return lines.join('');
}

/** Removes what an earlier build left in the folder and this one did not make: sums and binaries there are of one build. */
export async function removeOthers(folder: string, files: readonly string[]): Promise<void> {
  const keep = new Set(files.map(file => basename(file)));
  for (const name of await readdir(folder)) {
    if (name.startsWith('registry-scraper') && !keep.has(name)) await rm(join(folder, name), { force: true });
  }
}

export async function sizeOf(file: string): Promise<number> {
  return (await stat(file)).size;
}
