import { isScraperError, ScraperError, type ErrorCode, type Warning, type WarningCode } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { RegistrySource } from '../registry/source.ts';
import type { ImageGraph } from './graph.ts';
import { revisionTarget, type ResolvedReference } from './resolve.ts';

/** What one look at a reference came to: resolving it, and walking what it leads to. */
export type Look = { readonly warnings: readonly Warning[] } & (
  | { readonly graph: ImageGraph; readonly image: ResolvedReference }
  /** Without an image where it led to nothing. */
  | { readonly failures: readonly ScraperError[]; readonly image?: ResolvedReference }
);

/**
 * How a file reads that is deleted meanwhile, or is only half written: registry 2 empties a tag's link before it writes it
 * anew, and writes a manifest in its place (distribution 2.8, filesystem driver, `PutContent`).
 */
const passing: readonly ErrorCode[] = [
  'PATH_UNKNOWN',
  'MANIFEST_UNKNOWN',
  'BLOB_UNKNOWN',
  'LINK_INVALID',
  'SIZE_INVALID',
  'DIGEST_MISMATCH',
  'MANIFEST_INVALID',
];

/** Warnings of what an image does without, if it must. */
const without: readonly WarningCode[] = ['SPARSE_INDEX', 'SIGNATURE_MISSING', 'LAYER_NOT_DISTRIBUTED'];

/**
 * Looks at an image in a registry that may be pushed to, deleted from and collected meanwhile. Where something is not there,
 * or wrong in a way that passes, it looks once more from the start; so a tag that was moved is taken as it stands now, and
 * an index whose platforms were just deleted is not taken for one that never had them.
 * @param look resolves and walks with nothing remembered but from looks of its own kind
 * @returns what stands; `REGISTRY_CHANGED` among the failures where the second look failed and the reference leads elsewhere
 */
export async function lookTwice(
  source: RegistrySource,
  look: (which: 'first' | 'second') => Promise<Look>,
): Promise<Look> {
  const first = await look('first');
  const settled = 'graph' in first ? await stands(source, first) : !first.failures.some(passes);
  if (settled) return first;
  const second = await look('second');
  if ('graph' in second && (await stands(source, second))) return second;
  const { image = second.image } = first;
  const now = image && (await leadsTo(source, image));
  if (!image || ('failures' in second && now === image.digest)) return second;
  const { warnings } = second;
  return { image, warnings, failures: [registryChanged(image, now, lostIn(first) ?? lostIn(second))] };
}

/** The first thing that was not there. */
function lostIn(look: Look): ScraperError | Warning | undefined {
  return 'failures' in look ? look.failures[0] : look.warnings.find(lacks);
}

const passes = (error: ScraperError): boolean => isScraperError(error, ...passing);
const lacks = ({ code }: Warning): boolean => without.includes(code);

/** Whether an image that was walked lacks nothing, or lacks it in what the reference still leads to. */
async function stands(source: RegistrySource, { image, warnings }: Look): Promise<boolean> {
  return !image || !warnings.some(lacks) || (await leadsTo(source, image)) === image.digest;
}

/** Where what was resolved leads now; undefined when nowhere, be it that its link is just being written. */
export async function leadsTo(
  source: RegistrySource,
  { repository, tag, digest }: Pick<ResolvedReference, 'repository' | 'tag' | 'digest'>,
): Promise<Digest | undefined> {
  try {
    const tagged = tag === null ? undefined : await source.tagTarget(repository, tag);
    if (tag !== null && (tagged === undefined || tagged === digest)) return tagged;
    // without a tag there is only this; with one, a digest that was asked for may be another name of the same manifest
    const target = await revisionTarget(source, repository, digest);
    return target !== undefined && (tag === null || target === tagged) ? digest : tagged;
  } catch (error) {
    if (!isScraperError(error, 'LINK_INVALID')) throw error;
    return undefined;
  }
}

/**
 * @param now where it leads now
 * @param lost what was there, and then was not
 */
export function registryChanged(
  { repository, tag, digest }: Pick<ResolvedReference, 'repository' | 'tag' | 'digest'>,
  now: Digest | undefined,
  lost?: ScraperError | Warning,
): ScraperError {
  const name = tag === null ? `manifest ${digest} of ${repository}` : `tag ${tag} of ${repository}`;
  const before = tag === null ? 'was there' : `led to ${digest}`;
  const same = tag === null ? 'still is' : 'still does';
  const other = now === undefined ? 'is gone now' : now === digest ? same : `leads to ${now} now`;
  const what = lost === undefined ? '' : `: ${lost.message}`;
  const { path = undefined, ...rest } = lost instanceof ScraperError ? lost.details : (lost ?? {});
  const message = `the registry changed while it was read${what}; ${name} ${before} and ${other}`;
  return new ScraperError('REGISTRY_CHANGED', message, {
    digest: rest.digest ?? digest,
    ...(path !== undefined && { path }),
    hint: 'run the same command again: what is there already is kept',
    ...(lost instanceof ScraperError && { cause: lost }),
  });
}
