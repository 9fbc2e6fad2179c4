import type { Failure } from '../errors.ts';
import type { LocalRange } from '../storage/driver.ts';
import type { Expected } from './verifier.ts';

/** A file to write under a scratch name and then rename to its target. Local, absolute paths. */
export interface LocalFile {
  readonly scratch: string;
  readonly target: string;
}

/** Why a file was not hard-linked that has permissions as no registry gives them; besides, the system's name of an error. */
export const ODD_MODE = 'odd mode';

/** Work on local files that a worker thread does; plain data, because it is posted to it. */
export type Job =
  /** Prove `source` and bring it to `target`, by a hard link when `link` is set and the file system allows it. */
  | ({
      readonly kind: 'transfer';
      readonly root: string;
      readonly source: LocalRange;
      readonly link: boolean;
      readonly expected: Expected;
    } & LocalFile)
  /** Prove that `source` is what it should be. */
  | { readonly kind: 'prove'; readonly source: LocalRange; readonly expected: Expected }
  /** Make directories, then write small files one after the other. */
  | {
      readonly kind: 'publish';
      readonly root: string;
      readonly directories: readonly string[];
      readonly files: readonly (LocalFile & { readonly content: string })[];
    };

/** What became of a job. `note` tells why a hard link could not be made. */
export type Outcome =
  | { readonly kind: 'copied'; readonly note?: string }
  | { readonly kind: 'linked' | 'proved' | 'published' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Bytes a job moves, to balance the load. */
export function weightOf(job: Job): number {
  return job.kind === 'publish' ? 0 : job.expected.size;
}

/** How files and directories are made; plain data. */
export interface WriteSettings {
  /** Files are made durable before they get their names, and their names before the job is done. */
  readonly sync: boolean;
  /** Owner and permissions of what is written; as the system gives them if absent. */
  readonly like?: Likeness;
  /** A directory in the same file system, where directories are made that are to be somebody else's. */
  readonly scratch?: string;
}

/** Owner and permissions that new files and directories get. */
export interface Likeness {
  /** Absent where this process may not give files away. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly fileMode: number;
  readonly directoryMode: number;
}

export const plainSettings: WriteSettings = { sync: false };

/**
 * What the pool shares with its workers: how to write, a flag that stops them between two chunks, and a count of bytes proved.
 * A worker that copies is busy in one long call and could not take a message.
 */
export interface SharedState {
  readonly stop: Int32Array;
  readonly bytes: BigInt64Array;
  readonly settings: WriteSettings;
}

export const sharedState = (settings = plainSettings): SharedState => ({
  settings,
  stop: new Int32Array(new SharedArrayBuffer(4)),
  bytes: new BigInt64Array(new SharedArrayBuffer(8)),
});
