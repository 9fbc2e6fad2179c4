import type { Digest } from '../oci/digest.ts';

/** Path of the bundle manifest in an archive, and of its detached signature. A registry ignores both. */
export const MANIFEST_PATH = 'registry-scraper.json';
export const SIGNATURE_PATH = 'registry-scraper.json.sig';

/** What was asked for, as it was given: enough to ask for it again. */
export interface SelectionRecord {
  readonly references: readonly string[];
  readonly from: readonly string[];
  readonly exclude: readonly string[];
  readonly tagRegex: string | null;
  readonly semver: string | null;
  readonly prerelease: boolean;
  readonly newest: number | null;
  readonly newestBy: string | null;
  readonly platforms: readonly string[];
  /** null: all kinds; empty: none. */
  readonly referrers: readonly string[] | null;
  readonly rename: readonly string[];
}

/** An image that was asked for. */
export interface BundleImage {
  /** Repository and tag in the bundle; `tag` is null when it was shipped by digest. */
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly platforms: readonly string[];
  /** Everything it needs, each blob once, whether the bundle or the base holds it. */
  readonly bytes: number;
  readonly referrers: readonly {
    readonly digest: string;
    readonly subject: string;
    readonly artifactType: string;
  }[];
}

/** All links of one repository. */
export interface BundleRepository {
  readonly name: string;
  /** Tag → digest, referrers' tags among them. */
  readonly tags: Readonly<Record<string, Digest>>;
  readonly revisions: readonly Digest[];
  readonly layers: readonly Digest[];
  /** schema1: revision → its signature blobs. Absent when there are none. */
  readonly signatures?: Readonly<Record<string, readonly Digest[]>>;
  /** Digests whose layer or revision link holds another digest of the same content. Absent when there are none. */
  readonly aliases?: Readonly<Record<string, Digest>>;
}

export interface BundleBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** A blob that the archive holds. `manifest` marks those that are manifests or indexes; they come first. */
export interface ShippedBlob extends BundleBlob {
  readonly manifest?: true;
}

/** Where it was learned what the other side has. */
export interface BaseSource {
  readonly kind: 'inventory' | 'bundle' | 'registry';
  /** Digest of the inventory or of the bundle's manifest; null for a registry's directory. */
  readonly digest: string | null;
}

/**
 * `registry-scraper.json`: what a bundle holds, as plain data. The same selection of the same content gives the same bytes: no
 * times, no host names, no places. `schemaVersion` changes when an older reader would misunderstand it.
 */
export interface BundleManifest {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: 'registry-scraper'; readonly version: string };
  readonly selection: SelectionRecord;
  readonly images: readonly BundleImage[];
  /** In the order of their names. */
  readonly repositories: readonly BundleRepository[];
  /** In the order of the archive. */
  readonly blobs: readonly ShippedBlob[];
  /** What was left out because the other side has it; null for a bundle that is whole by itself. */
  readonly base: { readonly sources: readonly BaseSource[]; readonly blobs: readonly BundleBlob[] } | null;
  readonly totals: {
    readonly images: number;
    readonly blobs: number;
    readonly bytes: number;
    readonly baseBlobs: number;
    readonly baseBytes: number;
  };
}
