import type { Digest } from '../oci/digest.ts';
import type { PathSpec } from '../registry/layout.ts';

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
  /** Bytes that a descriptor carries and the storage lacks. */
  readonly inline?: Uint8Array;
}

/** A link to write, and the digest it holds. */
export interface GraphLink {
  readonly spec: PathSpec;
  readonly target: Digest;
}

/** One image with everything that belongs to it. */
export interface ImageGraph {
  readonly mediaType: string;
  readonly platforms: readonly string[];
  /** Each stored digest once. */
  readonly blobs: readonly GraphBlob[];
  /** In the order in which they must appear: layers, signatures, revisions (children first). */
  readonly links: readonly GraphLink[];
}
