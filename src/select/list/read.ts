import { ScraperError, type Warning } from '../../errors.ts';
import type { SelectionEntry } from '../selection.ts';
import { listFailure } from './failure.ts';
import { reasonsOf, type Lists } from './findings.ts';
import { listLimits, type ListLimits } from './limits.ts';
import { parseList } from './parse.ts';
import { nameOf } from './place.ts';

/**
 * Reads a list from its beginning, at most `most` bytes of it; `-` is standard input.
 * May throw what the system says as Node puts it: it is translated.
 */
export type ReadList = (file: string, most: number) => Promise<Uint8Array>;

/**
 * The entries of all lists together, in their order, each text once with the place where it stands first.
 * @throws ScraperError `USAGE`, `LIST_INVALID`, `ACCESS_DENIED`, `IO_ERROR`, or a malformed reference's code
 */
export async function readLists(
  files: readonly string[],
  read: ReadList,
  limits: ListLimits = listLimits,
): Promise<Lists> {
  if (files.filter(file => file === '-').length > 1)
    throw new ScraperError(
      'USAGE',
      '--from - is given more than once, standard input can be read once only',
      {
        hint: 'give --from - once',
      },
    );
  const entries = new Map<string, SelectionEntry>();
  const warnings: (readonly Warning[])[] = [];
  for (const file of files) {
    const bytes = await readList(file, read, limits);
    const list = await parseList(file, bytes, limits);
    for (const entry of list.entries) if (!entries.has(entry.text)) entries.set(entry.text, entry);
    warnings.push(list.warnings);
  }
  if (files.length > 0 && entries.size === 0) {
    const { why, hint = 'look whether it is the right file' } = reasonsOf(warnings.flat());
    throw new ScraperError('LIST_INVALID', `no image is named in ${files.map(nameOf).join(', ')}${why}`, {
      hint,
    });
  }
  return { entries: [...entries.values()], warnings: warnings.flat() };
}

async function readList(file: string, read: ReadList, limits: ListLimits): Promise<Uint8Array> {
  try {
    return await read(file, limits.bytes + 1);
  } catch (error) {
    throw listFailure(error, file);
  }
}

/** The beginning of a stream, at most `most` bytes; the rest is never fetched. For files, pipes and standard input alike. */
export async function readAtMost(stream: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    parts.push(part);
    length += part.length;
    if (length >= most) break;
  }
  return Buffer.concat(parts).subarray(0, most);
}
