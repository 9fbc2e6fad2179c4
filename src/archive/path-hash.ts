import { randomFillSync } from 'node:crypto';

/** Characters that usual paths have at most, in UTF-16 units; for longer ones there is more work. */
const USUAL_UNITS = 512;

/** Most directories on the way to an entry. */
const MOST_LEVELS = 1024;

const SLASH = 0x2f;

/**
 * Hashes of a path and of all directories on the way to it, in one go. Level 0 is the path's first component, each further
 * level one component more.
 */
export interface PathHasher {
  /** Takes a path and says its level; all else is about this path until the next call. */
  read(path: string): number;
  /** Whether it has no letters but small ones of ASCII. */
  plain(): boolean;
  /** The two halves of the hash, by level. */
  readonly high: Int32Array;
  readonly low: Int32Array;
  /** Where each level ends in the path. */
  readonly end: Int32Array;
}

/**
 * Each character times a random number of its place, added up (multilinear hashing; Lemire and Kaser, "Strongly universal
 * string hashing is fast"): what is added up at a slash is the hash of that directory. Without knowing the random numbers
 * nobody can make two paths collide but by chance, which is at most 1 to 2^50 for a pair of ASCII paths.
 */
export function pathHasher(random: (into: Int32Array) => void = randomFillSync): PathHasher {
  /** For each place one factor for the high half and one for the low. */
  let factors = new Int32Array(2 * USUAL_UNITS);
  random(factors);
  const high = new Int32Array(MOST_LEVELS);
  const low = new Int32Array(MOST_LEVELS);
  const end = new Int32Array(MOST_LEVELS);
  let plain = true;

  function enlarge(units: number): void {
    const more = new Int32Array(4 * units);
    random(more);
    more.set(factors);
    factors = more;
  }

  return {
    high,
    low,
    end,
    plain: () => plain,
    read(path) {
      let [level, a, b] = [0, 0, 0];
      plain = true;
      if (2 * path.length > factors.length) enlarge(path.length);
      for (let at = 0; at < path.length; at++) {
        const unit = path.charCodeAt(at);
        if (unit === SLASH) {
          high[level] = a;
          low[level] = b;
          end[level] = at;
          level += 1;
        } else if (unit > 0x7e || (unit >= 0x41 && unit <= 0x5a)) plain = false;
        a = (a + Math.imul(factors[2 * at] ?? 0, unit)) | 0;
        b = (b + Math.imul(factors[2 * at + 1] ?? 0, unit)) | 0;
      }
      high[level] = a;
      low[level] = b;
      end[level] = path.length;
      return level;
    },
  };
}
