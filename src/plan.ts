import type { BlobRole, GraphReferrer } from './graph/graph.ts';
import type { Digest } from './oci/digest.ts';
import type { LinkSpec } from './registry/layout.ts';

/** One blob, once, however many images need it. */
export interface PlannedBlob {
  /** The digest it is stored under. */
  readonly digest: Digest;
  /** Every digest its bytes must hash to: `digest` and the aliases it is referenced by. */
  readonly digests: readonly Digest[];
  readonly role: BlobRole;
  /** Bytes. */
  readonly size: number;
  /** Where it is to stand in the output, relative to its root directory. */
  readonly path: string;
  /** Way from the first image that needs it: `index → linux/arm64 manifest → layer 3`. */
  readonly trail: string;
  /** Set when the source lacks the blob but a descriptor carries the bytes (the empty descriptor). */
  readonly inline?: Uint8Array;
  /** The output has a file of this size under this name. */
  readonly present: boolean;
  /** It is left out, because the other side has it. */
  readonly inBase: boolean;
}

/**
 * A link, without its path: there may be hundreds of thousands, and paths of 130 characters would be most of what a plan weighs.
 * What several images link in one repository is one object, so that links can be told apart by identity.
 */
export type PlannedLink = LinkSpec & {
  /** The digest the link holds. */
  readonly target: Digest;
};

/** One image to ship. */
export interface PlannedImage {
  /** The reference as the user gave it; of what a pattern found, its own name. */
  readonly requested: string;
  readonly repository: string;
  /** null: shipped by digest only. */
  readonly tag: string | null;
  readonly digest: Digest;
  readonly mediaType: string;
  /** `os/arch[/variant]` of every manifest kept; empty when unknown (artifacts, schema1 without one). */
  readonly platforms: readonly string[];
  /** Name of the repository in the output. */
  readonly name: string;
  /** Why it was selected. */
  readonly reasons: readonly string[];
  /** Platforms that a filter left out, and how many bytes that saves. */
  readonly leftPlatforms: readonly string[];
  readonly leftBytes: number;
  /** What signs, attests or describes it and is taken along. */
  readonly referrers: readonly GraphReferrer[];
  /** Stored digests of all its blobs, manifests among them, each once. */
  readonly blobs: readonly Digest[];
  /** Links in the order they must appear: layers, child revisions, parents, tag history, the tag's current link last. */
  readonly links: readonly PlannedLink[];
  /** Those of `links` that the output does not have exactly so, in the same order. */
  readonly lackingLinks: readonly PlannedLink[];
  /** Directories that must exist even when empty. */
  readonly directories: readonly string[];
  /** Everything it needs, in bytes, each blob once. */
  readonly bytes: number;
  /** The part of `bytes` that other images of this plan need too. */
  readonly sharedBytes: number;
  /** The part of `bytes` that is left to the base. */
  readonly baseBytes: number;
  /** Nothing of it is lacking in the output, but for what is left to the base. */
  readonly present: boolean;
}

/** What a scrape will do, as plain data: dry run, progress, copy and report all read this. */
export interface Plan {
  readonly images: readonly PlannedImage[];
  /** In the order in which they are to be copied. */
  readonly blobs: readonly PlannedBlob[];
  readonly totals: PlanTotals;
}

/** Sums over a plan, each blob and link counted once. */
export interface PlanTotals {
  readonly images: number;
  readonly manifests: number;
  /** All files under `blobs/`, manifests among them. */
  readonly blobs: number;
  readonly links: number;
  readonly bytes: number;
  /** The part of `bytes` that the output already has and that is not left to the base. */
  readonly presentBytes: number;
  /** Blobs that are left to the base, because the other side has them, and the part of `bytes` that they make up. */
  readonly baseBlobs: number;
  readonly baseBytes: number;
}
