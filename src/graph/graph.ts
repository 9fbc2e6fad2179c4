import type { Digest } from '../oci/digest.ts';
import type { DigestLinkSpec } from '../registry/layout.ts';

/** What part a blob plays. Manifests are blobs on disk as well. */
export type BlobRole = 'manifest' | 'config' | 'layer' | 'signature';

/** A blob that an image needs, found in the source. */
export interface GraphBlob {
  /** The digest it is stored under. */
  readonly digest: Digest;
  /** Every digest it is referenced by, and `digest`: the bytes must hash to all of them. */
  readonly digests: readonly Digest[];
  readonly role: BlobRole;
  readonly size: number;
  /** Way from the image: `index → linux/arm64 manifest → layer 3`. */
  readonly trail: string;
  /** Bytes that the storage lacks: a descriptor carries them, or they are made here. */
  readonly inline?: Uint8Array;
}

/** A link to write, and the digest it holds. */
export type GraphLink = DigestLinkSpec & { readonly target: Digest };

/** A tag besides the image's own, and the digest it points to: a digest tag, or the fallback tag of referrers. */
export interface GraphTag {
  readonly tag: string;
  readonly target: Digest;
}

/** A signature, attestation, SBOM or other artifact that belongs to an image. */
export interface GraphReferrer {
  readonly digest: Digest;
  /** The manifest that it is about. */
  readonly subject: Digest;
  /** Kind of artifact, or a digest tag's suffix; empty when unknown. */
  readonly artifactType: string;
  /** The digest tag that leads to it; null when its `subject` does. */
  readonly tag: string | null;
}

/** What an index says of a manifest, as it stands in the index: keys in this order. */
export interface IndexEntry {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  /** Sorted by key. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Referrers that only their `subject` leads to, so that its fallback tag must list them. */
export interface GraphFallback {
  readonly subject: Digest;
  /** At least one where `listed` is absent. */
  readonly entries: readonly IndexEntry[];
  /** What the source's own index under that tag lists; absent when the source has none. */
  readonly listed?: ReadonlySet<Digest>;
  /** All that the referrers need, as an addition to the graph of an image that lacks them. */
  readonly addition: ImageGraph;
}

/** One image with everything that belongs to it. */
export interface ImageGraph {
  readonly mediaType: string;
  /** `os/architecture[/variant]` of the manifests that are taken. */
  readonly platforms: readonly string[];
  /** The same of those that a platform filter left out. */
  readonly leftPlatforms: readonly string[];
  /** What was left out and nothing that is taken needs, in bytes. */
  readonly leftBytes: number;
  readonly referrers: readonly GraphReferrer[];
  /** Each stored digest once. */
  readonly blobs: readonly GraphBlob[];
  /** In the order in which they must appear: layers, signatures, revisions (children first). */
  readonly links: readonly GraphLink[];
  readonly tags: readonly GraphTag[];
  /** Referrers to be listed. The index that does it is made when it is known who else lists some of the same subject. */
  readonly fallbacks: readonly GraphFallback[];
}
