import pMap from 'p-map';
import type { Sink } from './sink.ts';

/** What an output already has, of the things asked about. */
export interface OutputState {
  /** Sizes in bytes of the files that are there, by path. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Content of the links that are there, by path. */
  readonly links: ReadonlyMap<string, string>;
  readonly directories: ReadonlySet<string>;
}

/** The state of an output that is not there yet. */
export const emptyOutput: OutputState = { sizes: new Map(), links: new Map(), directories: new Set() };

const CONCURRENCY = 16;

/**
 * Looks up what of `files`, `links` and `directories` a sink already has. Throws what {@link Sink} throws.
 * @param damaged paths of files that are known to be useless: they count as not there
 */
export async function surveyOutput(
  sink: Sink,
  wanted: {
    readonly files: Iterable<string>;
    readonly links: Iterable<string>;
    readonly directories: Iterable<string>;
  },
  damaged: ReadonlySet<string> = new Set(),
): Promise<OutputState> {
  // each path would find that out by itself, by a failure, which takes longer than to look
  if (!(await sink.hasDirectory(''))) return emptyOutput;
  const sizes = new Map<string, number>();
  const links = new Map<string, string>();
  const directories = new Set<string>();
  const contents = new Map<string, string>();
  /** Many links hold the same digest, and each was read for itself. */
  const known = (content: string): string => {
    const first = contents.get(content) ?? content;
    contents.set(first, first);
    return first;
  };
  const concurrency = CONCURRENCY;
  const look = async (path: string): Promise<void> => {
    const size = damaged.has(path) ? undefined : await sink.size(path);
    if (size !== undefined) sizes.set(path, size);
  };
  const read = async (path: string): Promise<void> => {
    const content = await sink.readLink(path);
    if (content !== undefined) links.set(path, known(content));
  };
  const enter = async (path: string): Promise<void> => {
    if (await sink.hasDirectory(path)) directories.add(path);
  };
  await pMap(wanted.directories, enter, { concurrency });
  await pMap(wanted.files, look, { concurrency });
  await pMap(wanted.links, read, { concurrency });
  return { sizes, links, directories };
}
