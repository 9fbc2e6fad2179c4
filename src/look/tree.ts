import type { Failure } from '../errors.ts';
import type { Referrer } from '../graph/referrers.ts';
import type { Digest } from '../oci/digest.ts';
import type { Kind } from './kind.ts';

/**
 * How a part of an image stands in the storage: `ok`, `missing`, `damaged` (its link, size or content is not what it should
 * be), `unreadable` (the surroundings fail), or `elsewhere`, a layer that clients fetch from its `urls`.
 */
export type State = 'ok' | 'missing' | 'damaged' | 'unreadable' | 'elsewhere';

interface Part {
  /** What it is to the part above it: `config`, `layer 3`, `linux/arm64 manifest`. */
  readonly label: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes: as stored, else as its descriptor says; null when neither tells. */
  readonly size: number | null;
  readonly state: State;
  /** What is wrong with this part itself. */
  readonly errors: readonly Failure[];
  /** Of its descriptor and, where it is a manifest, its own. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** A config, a layer, or another thing without parts of its own. */
export interface BlobPart extends Part {
  readonly role: 'config' | 'layer';
  readonly urls: readonly string[];
}

/** A manifest with what is below it. */
export interface ManifestPart extends Part {
  readonly role: 'manifest';
  /** null when it could not be read. */
  readonly kind: Kind | null;
  readonly artifactType: string | null;
  /** `os/architecture[/variant]`. */
  readonly platform: string | null;
  /** Milliseconds since the epoch. */
  readonly created: number | null;
  /** The manifest that it is about. */
  readonly subject: Digest | null;
  /** It stands elsewhere in the tree as well, and there with its parts. */
  readonly repeated: boolean;
  readonly parts: readonly (ManifestPart | BlobPart)[];
  readonly referrers: readonly ReferrerPart[];
}

/** What signs or describes a manifest. */
export interface ReferrerPart {
  readonly via: Referrer['via'];
  readonly tag: string | null;
  /** Kind of artifact, or a digest tag's suffix; empty when unknown. */
  readonly artifactType: string;
  readonly manifest: ManifestPart;
}

/** A part and everything below it, without what refers to any of it. */
export function* ownParts(top: ManifestPart | BlobPart): Generator<ManifestPart | BlobPart> {
  const pending = [top];
  for (let part = pending.pop(); part; part = pending.pop()) {
    yield part;
    if (part.role === 'manifest') for (const below of part.parts.toReversed()) pending.push(below);
  }
}

/** What refers to any part of a manifest, and what refers to that in turn. */
export function* referrersIn(top: ManifestPart): Generator<ReferrerPart> {
  const pending = [top];
  for (let manifest = pending.pop(); manifest; manifest = pending.pop()) {
    for (const part of ownParts(manifest)) {
      if (part.role !== 'manifest') continue;
      yield* part.referrers;
      for (const referrer of part.referrers) pending.push(referrer.manifest);
    }
  }
}
