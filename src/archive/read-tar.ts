import type { ScraperError } from '../errors.ts';
import type { OpenEntry } from './archive.ts';
import type { ByteReader } from './byte-reader.ts';
import { entryBody } from './entry-body.ts';
import { damaged, DataFault, notATar, refused, trailing, truncated, type Place } from './failures.ts';
import { nameMemory } from './names.ts';
import { pathProblem } from './path-check.ts';
import { readEntry, type GlobalRecords, type NextEntry, type TarEntry } from './tar-entry.ts';
import { BLOCK, isZeros } from './tar.ts';

export interface ReadTarOptions {
  /** The archive, as the operator named it. */
  readonly name: string;
  /** Most files and directories, those on the way to others among them. */
  readonly entryLimit?: number;
  /** Path of the part that holds what is being read, or of the last part; undefined when there are no parts. */
  readonly part?: (which: 'current' | 'last') => string | undefined;
  /** Path of the file with its checksums; undefined for a stream. */
  readonly sums?: string;
}

const ENTRY_LIMIT = 20_000_000;

/** Most bytes of zeros behind the end: tars and tapes round up, but not to more than some megabytes. */
const MAX_TRAILER = 64 * 1024 * 1024;

/**
 * Reads a tar strictly: of POSIX (ustar, pax), GNU or older, with nothing in it but files and directories, each once, all
 * below one root directory. The root directory itself is not reported.
 * @param reader is closed at the end, however that comes
 * @throws ScraperError `ARCHIVE_INVALID` at the first entry that must not be unpacked, `ARCHIVE_TRUNCATED` when the archive
 *   ends before its end blocks, and whatever the reader throws
 */
export async function* readTar(reader: ByteReader, options: ReadTarOptions): AsyncGenerator<OpenEntry> {
  const { name, entryLimit = ENTRY_LIMIT, part = () => undefined, sums } = options;
  const names = nameMemory();
  const globals: GlobalRecords = new Map();
  const at: { entry: number; path: string | undefined } = { entry: 0, path: undefined };
  let last = { ...at };

  const here = (which: 'current' | 'last' = 'current'): Place => ({
    archive: name,
    ...at,
    part: part(which),
    sums,
  });
  const cut = (what: string): ScraperError => truncated(here('last'), what);

  /** Words what a decompressor says, which knows no entries. */
  function worded(error: unknown): unknown {
    if (!(error instanceof DataFault)) return error;
    if (error.kind === 'cut') return cut(`${error.message}, at`);
    return damaged(here(), `cannot be read: ${error.message}`, error.hint);
  }

  function check({ path, kind }: TarEntry): void {
    const problem = path === '' ? names.add('.', kind) : (pathProblem(path) ?? names.add(path, kind));
    if (problem !== undefined) throw refused(here(), problem);
    if (names.count <= entryLimit) return;
    throw refused(here(), `is too many: at most ${entryLimit} files and directories were expected`);
  }

  function failure(found: Exclude<NextEntry, 'end' | { readonly entry: TarEntry }>): ScraperError {
    const first = at.entry === 1;
    if ('cut' in found) {
      const foreign = first ? notATar(here(), found.cut) : undefined;
      if (foreign !== undefined || found.begun) return foreign ?? cut('it ends within the headers of');
      Object.assign(at, last);
      return cut(`it ends ${first ? 'at' : 'without the two blocks of zeros that mark the end, after'}`);
    }
    const { what, path, hint, damage, block } = found.problem;
    const foreign = first && block !== undefined ? notATar(here(), block) : undefined;
    at.path = path;
    return foreign ?? (damage === true ? damaged : refused)(here(), what, hint);
  }

  async function checkEnd(): Promise<void> {
    const second = await reader.take(BLOCK);
    if (second.length < BLOCK) throw cut('it ends within its end blocks, after');
    if (!isZeros(second)) throw trailing(here(), BLOCK);
    let trailer = 0;
    for await (const chunk of reader.chunks(Infinity)) {
      trailer += chunk.length;
      if (!isZeros(chunk) || trailer > MAX_TRAILER) throw trailing(here(), trailer);
    }
  }

  try {
    for (;;) {
      last = { ...at };
      at.entry += 1;
      at.path = undefined;
      const next = await readEntry(reader, globals);
      if (next === 'end') {
        Object.assign(at, last);
        break;
      }
      if (!('entry' in next)) throw failure(next);
      const { entry } = next;
      at.path = entry.path === '' ? './' : entry.path;
      check(entry);
      if (entry.path === '') continue;
      const body = entryBody(reader, entry.size, () => cut('it ends within the bytes of'), worded);
      yield { ...entry, offset: reader.position(), chunks: body.chunks };
      await body.finish();
    }
    await checkEnd();
  } catch (error) {
    throw worded(error);
  } finally {
    await reader.close();
  }
}
