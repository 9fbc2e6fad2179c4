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
export interface GraphLink {
  readonly spec: DigestLinkSpec;
  readonly target: Digest;
}

/** A tag besides the image's own, and the digest it points to: a digest tag, or the fallback tag of its referrers. */
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
}
