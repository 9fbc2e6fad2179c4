import type { Digest } from '../oci/digest.ts';
import { severityOf, type FindingKind, type Severity } from './kinds.ts';

/** One thing that is wrong, or worth knowing. Plain data. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** What was expected and found. */
  readonly message: string;
  /** The file or directory concerned, as an operator would find it. */
  readonly path?: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: Digest;
  /** Bytes that it takes in the storage. */
  readonly size?: number;
  /** The first few images that it concerns: `repository:tag`, or `repository@digest` where no tag leads to one. */
  readonly references?: readonly string[];
  /** How many it concerns in all. */
  readonly referenceCount?: number;
}

export type FindingDetails = Omit<Finding, 'kind' | 'severity'>;

export function finding(kind: FindingKind, details: FindingDetails): Finding {
  return { kind, severity: severityOf(kind), ...details };
}
