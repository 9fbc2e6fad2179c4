import type { Archive, OpenEntry } from '../archive/archive.ts';
import { ScraperError } from '../errors.ts';
import { announced, checkLink, type Announced } from './announced.ts';
import { decodeManifest, MAX_MANIFEST_BYTES } from './decode-manifest.ts';
import { MANIFEST_PATH, SIGNATURE_PATH, type BundleManifest } from './manifest.ts';
import type { SignatureChecker } from './sign.ts';

export interface CheckOptions {
  /** Absent: a signature is not asked for, and not looked at. */
  readonly checker?: SignatureChecker;
  /**
   * Told of the manifest as soon as it is known to be good, before any other entry is handed on; of undefined where the archive
   * has none, as one that was packed by hand.
   */
  readonly onManifest?: (manifest: BundleManifest | undefined) => Promise<void>;
}

/** An archive of which every entry is checked against its manifest when it is read. */
export interface CheckedArchive {
  readonly archive: Archive;
  /** The manifest, once all entries were read. */
  readonly manifest: () => BundleManifest | undefined;
}

const SIGNATURE_BYTES = 1024;
const NAMED = 5;

/**
 * Checks a bundle while it is read, wherever its entries go: the signature before anything else, then that each entry is announced
 * by the manifest and each link holds what it says, and in the end that nothing is missing. The manifest has to come first,
 * as it does in every bundle; without one, what stands in the archive is its own witness.
 * Reading the entries also throws `BUNDLE_INVALID`, `UNSUPPORTED` (a newer manifest), `UNSIGNED`, `SIGNATURE_INVALID`, and what
 * `onManifest` throws.
 */
export function checkedArchive(archive: Archive, { checker, onManifest }: CheckOptions): CheckedArchive {
  const { name } = archive;
  let manifest: BundleManifest | undefined;
  let bytes: Buffer | undefined;
  let signature: Buffer | undefined;

  async function decide(): Promise<Announced | undefined> {
    if (checker) checkSignature(checker, bytes, signature, name);
    manifest = bytes && decodeManifest(bytes, `${name}:${MANIFEST_PATH}`);
    await onManifest?.(manifest);
    return manifest && announced(manifest, name);
  }

  async function* entries(signal: AbortSignal): AsyncGenerator<OpenEntry> {
    let decided = false;
    let expected: Announced | undefined;
    const head: OpenEntry[] = [];
    for await (const entry of archive.entries(signal)) {
      if (!decided && isHead(entry, head.length)) {
        const content = await wholeOf(
          entry,
          entry.path === MANIFEST_PATH ? MAX_MANIFEST_BYTES : SIGNATURE_BYTES,
          name,
        );
        if (entry.path === MANIFEST_PATH) bytes = content;
        else signature = content;
        head.push({ ...entry, chunks: () => once(content) });
        continue;
      }
      if (!decided) {
        expected = await decide();
        decided = true;
        for (const one of head) yield* checked(one, expected);
      }
      yield* checked(entry, expected);
    }
    if (!decided) {
      expected = await decide();
      for (const one of head) yield* checked(one, expected);
    }
    if (expected) refuseMissing(expected, name);
  }

  async function* checked(entry: OpenEntry, expected: Announced | undefined): AsyncGenerator<OpenEntry> {
    const known = expected?.take(entry.path, entry.kind, entry.size);
    if (known?.kind !== 'link') {
      yield entry;
      return;
    }
    const content = await wholeOf(entry, entry.size, name);
    checkLink(entry.path, known.target, content, name);
    yield { ...entry, chunks: () => once(content) };
  }

  return { archive: { ...archive, entries }, manifest: () => manifest };
}

/** Whether it is the manifest at the very beginning, or the signature right behind it. */
function isHead({ path, kind }: OpenEntry, position: number): boolean {
  return kind === 'file' && path === [MANIFEST_PATH, SIGNATURE_PATH][position];
}

function checkSignature(
  checker: SignatureChecker,
  manifest: Buffer | undefined,
  signature: Buffer | undefined,
  place: string,
): void {
  if (manifest && signature) return checker.check(manifest, signature, place);
  const what = manifest
    ? 'has a manifest, but no signature behind it'
    : 'does not begin with a bundle manifest';
  throw new ScraperError('UNSIGNED', `${place} ${what}; expected one that the given key has signed`, {
    path: place,
    hint: 'sign bundles when they are made: scrape --sign KEY; without --verify-key an unsigned one is taken',
  });
}

function refuseMissing(expected: Announced, place: string): void {
  const missing: string[] = [];
  let count = 0;
  for (const path of expected.missing()) {
    count += 1;
    if (missing.length < NAMED) missing.push(path);
  }
  if (count === 0) return;
  const more = count > NAMED ? ` and ${String(count - NAMED)} more` : '';
  throw new ScraperError(
    'BUNDLE_INVALID',
    `${place} lacks ${String(count)} of the entries that its manifest announces: ${missing.join(', ')}${more}`,
    { path: place, hint: 'get the bundle anew from where it was made; compare its checksums first' },
  );
}

async function wholeOf(entry: OpenEntry, limit: number, place: string): Promise<Buffer> {
  if (entry.size > limit) {
    throw new ScraperError(
      'BUNDLE_INVALID',
      `entry ${entry.path} of ${place} is too long: expected at most ${String(limit)} bytes, found ${String(entry.size)}`,
      { path: place, hint: 'this is no bundle that registry-scraper made' },
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry.chunks()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield await Promise.resolve(bytes);
}
