import type { Digest } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import { marks } from './blob-index.ts';
import type { FindingDetails } from './finding.ts';
import type { FindingKind } from './kinds.ts';
import { MOST_NAMED, type Verification } from './verification.ts';

/** One repository while it is looked at. */
export interface RepositoryState {
  readonly name: string;
  /** Counts from 1. */
  readonly number: number;
  /** How the blobs are marked that its manifests name: garbage collection passes over a repository without layers. */
  readonly mark: number;
  /** Names of layer links, and of revision links, that are there and cannot be used, which was said. */
  readonly badLayers: Set<Digest>;
  readonly badRevisions: Set<Digest>;
  /** Layers, and revisions, that links name by another algorithm than they are stored by: name → row. */
  readonly layerAliases: Map<Digest, number>;
  readonly revisionAliases: Map<Digest, number>;
  /** Rows of all revisions. */
  readonly revisions: number[];
  /** Rows that are linked as layers and absent. */
  readonly dangling: number[];
  /** What is to be reported with the images that it concerns, by kind and digest. */
  readonly unnamed: Map<string, { readonly kind: FindingKind; readonly details: ConcernedDetails }>;
}

/** Details of a finding about something that images may need. */
export type ConcernedDetails = FindingDetails & { readonly digest: Digest };

export function repositoryState(name: string, number: number, hasLayers: boolean): RepositoryState {
  return {
    ...{ name, number, mark: hasLayers ? marks.kept : marks.held },
    ...{ badLayers: new Set(), badRevisions: new Set(), layerAliases: new Map(), revisionAliases: new Map() },
    ...{ revisions: [], dangling: [], unnamed: new Map() },
  };
}

/** Reports something about one digest in this repository, once. */
export async function reportConcerned(
  verifying: Verification,
  { name, unnamed }: RepositoryState,
  kind: FindingKind,
  details: ConcernedDetails,
): Promise<void> {
  const key = `${kind} ${details.digest}`;
  if (unnamed.has(key)) return;
  const whole = { ...details, repository: name };
  if (unnamed.size < MOST_NAMED) unnamed.set(key, { kind, details: whole });
  else await verifying.report(kind, whole);
}

/** Directories of a repository. */
export const areaPath = (
  kind: 'layers' | 'manifests' | 'revisions' | 'tags' | 'uploads',
  { name }: Pick<RepositoryState, 'name'>,
): string => pathFor({ kind, repository: name });
