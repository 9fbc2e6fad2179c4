import { ScraperError } from '../errors.ts';
import { mediaTypes } from '../oci/media-type.ts';

/** Annotation that names an entry of an image layout's index (OCI image spec, annotations.md). */
const REF_NAME = 'org.opencontainers.image.ref.name';

/** Longest `index.json` that is read, in bytes. */
export const MAX_INDEX_BYTES = 64 * 1024 * 1024;

/** An entry of an image layout's index. */
export interface LayoutEntry {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function named(entry: LayoutEntry, name: string): LayoutEntry {
  return { ...entry, annotations: { [REF_NAME]: name } };
}

/** `index.json` with each entry once. */
export function layoutIndex(entries: readonly LayoutEntry[]): string {
  const manifests = [...new Map(entries.map(entry => [keyOf(entry), entry])).values()];
  return `${JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }, null, 2)}\n`;
}

/** An `index.json` that is in the output already. */
export interface ExistingIndex {
  readonly entries: readonly LayoutEntry[];
}

/**
 * @param place the file, as an operator would name it
 * @throws ScraperError `OUTPUT_INVALID` when it is no index
 */
export function readLayoutIndex(bytes: Uint8Array, place: string): ExistingIndex {
  return { entries: parse(bytes, place) };
}

/** The entries that are there already, as they are, but for those that are replaced. */
export function keptEntries(
  existing: ExistingIndex | undefined,
  replaced: readonly LayoutEntry[],
): readonly LayoutEntry[] {
  const gone = new Set(replaced.map(keyOf));
  return existing ? existing.entries.filter(entry => !gone.has(keyOf(entry))) : [];
}

/** Whether these entries are there already. */
export function hasEntries(existing: ExistingIndex | undefined, entries: readonly LayoutEntry[]): boolean {
  const known = new Map(existing?.entries.map(entry => [keyOf(entry), entry.digest]));
  return entries.every(entry => known.get(keyOf(entry)) === entry.digest);
}

function parse(bytes: Uint8Array, place: string): readonly LayoutEntry[] {
  try {
    const body = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly manifests: unknown } | null;
    if (Array.isArray(body?.manifests) && body.manifests.every(isEntry)) return body.manifests;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ScraperError('OUTPUT_INVALID', `${place} is not the index of an OCI image layout`, {
    path: place,
    hint: 'choose another output, or remove what is in this one',
  });
}

function isEntry(value: unknown): value is LayoutEntry {
  if (typeof value !== 'object' || value === null || !('digest' in value)) return false;
  return typeof value.digest === 'string';
}

/** A name stands once, whatever it leads to; without a name the digest does. */
function keyOf({ digest, annotations }: LayoutEntry): string {
  const name = annotations?.[REF_NAME];
  return name === undefined ? `digest ${digest}` : `name ${name}`;
}
