import type { Failure } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Summary } from './summary.ts';

/** A tag, or a revision without one. */
export interface ListEntry {
  readonly repository: string;
  readonly tag: string | null;
  /** As far as it was asked for and could be read. */
  readonly digest?: Digest;
  /** When the tag was last pushed, milliseconds since the epoch. */
  readonly pushed?: number;
  readonly summary?: Summary;
  /** Of an untagged revision: the tags of the indexes that list it. */
  readonly partOf?: readonly string[];
  /** What is wrong with it. */
  readonly error?: Failure;
  /** Spelled out by who asked for it, so that what is wrong with it is a failure and no mere remark. */
  readonly exact: boolean;
}

/** What to find out about each entry; names alone cost no more than reading directories. */
export interface ListDetails {
  readonly digest: boolean;
  readonly pushed: boolean;
  readonly summary: boolean;
}
