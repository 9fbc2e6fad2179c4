import path from 'node:path';
import { patient, type Patient } from '../damages/patient.ts';
import { seededRandom, type Random } from '../random.ts';

/** A directory of its own for one case, with an empty directory `site` in it, and `outside`, which nothing may touch. */
export interface HostilePlace {
  readonly cwd: string;
  readonly at: (...names: readonly string[]) => string;
  /** Draws the same for the same seed and case. */
  readonly random: Random;
}

/** One call of the program within a {@link HostilePlace}, and what is expected of it at least. */
export interface HostileRun {
  readonly argv: readonly string[];
  /** Files and directories of the place that it may read; also what only begins with one of these names, such as parts. */
  readonly reads: readonly string[];
  /** What it may write, likewise. Each of these is judged afterwards: a directory as a registry, a tar by what it unpacks to. */
  readonly writes: readonly string[];
  /** Exit codes that are right. */
  readonly codes: readonly number[];
  /** Something that must be said on one of the two streams. */
  readonly says?: RegExp;
  /** File of the place for standard input. */
  readonly stdin?: string;
  /** Standard output is an archive. */
  readonly binary?: true;
}

/** Something that was made to do harm, and the commands that get to see it. */
export interface HostileCase {
  /** Like no other's. */
  readonly name: string;
  readonly make: (place: HostilePlace) => unknown;
  readonly runs: readonly HostileRun[];
  /** Goes on while each command runs, until it is told to stop. What the commands read may change then. */
  readonly meanwhile?: (place: HostilePlace, signal: AbortSignal) => Promise<void>;
  /** Only root can make it. */
  readonly root?: true;
}

export function hostilePlace(cwd: string, seed: string | number, name: string): HostilePlace {
  return {
    cwd,
    at: (...names) => path.join(cwd, ...names),
    random: seededRandom(`${String(seed)} ${name}`),
  };
}

/** A case whose `data` is a small registry to which something happened; see {@link Patient}. */
export function treeCase(
  name: string,
  change: (patient: Patient, place: HostilePlace) => unknown,
  runs: readonly HostileRun[],
  more: Pick<HostileCase, 'meanwhile' | 'root'> & {
    /** What is done to the directory when it is on the disk. */
    readonly after?: (place: HostilePlace) => unknown;
  } = {},
): HostileCase {
  const { after, ...rest } = more;
  return {
    name,
    runs,
    ...rest,
    async make(place) {
      const sick = patient();
      await change(sick, place);
      await sick.registry.write(place.at('data'));
      await after?.(place);
    },
  };
}
