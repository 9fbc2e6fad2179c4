import type { Stats } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MAX_LINK_BYTES } from '../registry/layout.ts';
import { pacedCalls } from '../storage/calls.ts';
import { errnoOf, ioFailure } from '../storage/errno.ts';
import { localPlace } from '../storage/path.ts';
import { placeFinder } from '../storage/places.ts';
import type { Sink } from './sink.ts';

/**
 * What a local directory holds already, for a sink into it: it may lack all of it, even itself. Nothing but plain files
 * is opened, and a symbolic link counts as nothing, and so does what lies behind one.
 * @param options `measureSpace` is false where writing takes no space worth measuring
 */
export function localOutput(
  root: string,
  options: { readonly measureSpace: boolean },
): Pick<Sink, 'size' | 'readLink' | 'read' | 'hasDirectory' | 'freeBytes'> {
  const calls = pacedCalls(() => performance.now());
  const place = (path: string): string => localPlace(root, path);
  const places = placeFinder(root, calls, { follows: false });

  /** Result of `look`, or undefined when nothing stands at `path`. */
  async function lookUp<T>(path: string, look: (path: string) => T | Promise<T>): Promise<T | undefined> {
    try {
      return await look(path);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
      throw ioFailure(error, path, 'read');
    }
  }

  const infoOf = (path: string): Promise<Stats | undefined> =>
    lookUp(place(path), async described => (await places.find(path, described)).info);

  async function readWhole(path: string, size: number): Promise<Buffer> {
    const file = await calls.open(path);
    try {
      const buffer = Buffer.alloc(size);
      let filled = 0;
      while (filled < size) {
        const count = await calls.read(file, buffer.subarray(filled));
        if (count === 0) break;
        filled += count;
      }
      return buffer.subarray(0, filled);
    } finally {
      await calls.close(file);
    }
  }

  async function read(path: string, maxBytes: number): Promise<Buffer | undefined> {
    const info = await infoOf(path);
    if (info?.isFile() !== true || info.size > maxBytes) return undefined;
    return lookUp(place(path), file => readWhole(file, info.size));
  }

  return {
    async size(path) {
      const info = await infoOf(path);
      return info?.isFile() === true ? info.size : undefined;
    },
    readLink: async path => (await read(path, MAX_LINK_BYTES))?.toString('utf8'),
    read,
    async hasDirectory(path) {
      return (await infoOf(path))?.isDirectory() === true;
    },
    async freeBytes() {
      if (!options.measureSpace) return undefined;
      let existing = root;
      while (existing !== dirname(existing) && (await lookUp(existing, calls.lstat)) === undefined)
        existing = dirname(existing);
      // a disk that does not tell may be large enough: whether it is, writing will show
      const found = await statfs(existing).catch(() => undefined);
      return found && found.bavail * found.bsize;
    },
  };
}
