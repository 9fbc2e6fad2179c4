import { isRepository, isTag } from '../oci/reference.ts';
import { bufferCursor } from './cursor.ts';
import {
  MOST_NAME_BYTES,
  MOST_TARGET_BYTES,
  readName,
  readTarget,
  writeName,
  writeTarget,
  type TagTarget,
} from './tag-records.ts';

export interface TagEntry {
  readonly repository: string;
  readonly tag: string;
  readonly target: TagTarget;
}

/**
 * Tags in ascending order of repository and tag, each once; held as they are written, because a million of them as objects
 * take a quarter of a gigabyte.
 */
export interface TagList {
  repositories(): number;
  tags(): number;
  /** @returns false, and nothing is taken in, unless the names are valid and come after the last ones */
  append(entry: TagEntry): boolean;
  entries(): Iterable<TagEntry>;
  /**
   * All records one after the other, in pieces: for each repository its name, for each of its tags name and target, a 0
   * after its last tag, and a 0 after the last repository.
   */
  records(): Iterable<Uint8Array>;
}

const PIECE = 64 * 1024;
/** A repository's end, the next one's name, a tag. */
const MOST_AT_ONCE = 1 + 2 * MOST_NAME_BYTES + MOST_TARGET_BYTES;

export function tagList(): TagList {
  /** Full ones; no record begins in one and ends in the next. */
  const pieces: Buffer[] = [];
  let piece = Buffer.alloc(0);
  let used = 0;
  let repositories = 0;
  let tags = 0;
  let lastRepository = '';
  let lastTag = '';

  function makeRoom(): void {
    if (piece.length - used >= MOST_AT_ONCE) return;
    if (used > 0) pieces.push(piece.subarray(0, used));
    piece = Buffer.alloc(PIECE);
    used = 0;
  }

  function* held(): Generator<Buffer> {
    yield* pieces;
    yield piece.subarray(0, used);
  }

  return {
    repositories: () => repositories,
    tags: () => tags,
    append({ repository, tag, target }) {
      const same = repository === lastRepository;
      if (same ? tag <= lastTag : repository < lastRepository || !isRepository(repository)) return false;
      if (!isTag(tag)) return false;
      makeRoom();
      if (!same) {
        if (repositories > 0) used = end(piece, used);
        used = writeName(piece, used, repository, lastRepository);
        repositories += 1;
        lastRepository = repository;
        lastTag = '';
      }
      used = writeTarget(piece, writeName(piece, used, tag, lastTag), target);
      lastTag = tag;
      tags += 1;
      return true;
    },
    *entries() {
      let repository = '';
      let tag: string | undefined;
      for (const bytes of held()) {
        const cursor = bufferCursor(bytes, why => new TypeError(why));
        while (cursor.available() > 0) {
          if (tag === undefined) {
            repository = readName(cursor, repository, why => new TypeError(why)) ?? repository;
            tag = '';
          }
          tag = readName(cursor, tag, why => new TypeError(why));
          if (tag !== undefined)
            yield { repository, tag, target: readTarget(cursor, why => new TypeError(why)) };
        }
      }
    },
    *records() {
      yield* held();
      yield Buffer.from(repositories > 0 ? [0, 0] : [0]);
    },
  };
}

function end(piece: Buffer, used: number): number {
  piece[used] = 0;
  return used + 1;
}
