import { isOfSurroundings, isScraperError } from '../errors.ts';
import { childrenOf } from '../oci/manifest.ts';
import type { RegistrySource } from '../registry/source.ts';
import { readImageConfig } from './image-config.ts';
import type { ManifestLoader } from './load.ts';
import { revisionTarget } from './resolve.ts';

export interface CreatedContext {
  readonly source: RegistrySource;
  readonly load: ManifestLoader;
  readonly repository: string;
}

/**
 * When the image under a tag was made, as its config says; of an index, the newest of its images. Undefined when nothing
 * says it or it cannot be read.
 * @returns milliseconds since the epoch
 * @throws ScraperError `ACCESS_DENIED`, `IO_ERROR`
 */
export async function createdAt(context: CreatedContext, tag: string): Promise<number | undefined> {
  try {
    const digest = await context.source.tagTarget(context.repository, tag);
    return digest === undefined ? undefined : await createdOf(context, digest, 1);
  } catch (error) {
    ignoreUnreadable(error);
    return undefined;
  }
}

async function createdOf(
  context: CreatedContext,
  digest: Parameters<ManifestLoader>[0],
  levels: number,
): Promise<number | undefined> {
  const stored = await revisionTarget(context.source, context.repository, digest);
  if (stored === undefined) return undefined;
  const { manifest } = await context.load(stored, digest);
  if (manifest.kind !== 'index') return (await readImageConfig(context, manifest)).created;
  if (levels === 0) return undefined;
  const times: number[] = [];
  for (const { descriptor } of childrenOf(manifest)) {
    const time = await createdOf(context, descriptor.digest, levels - 1).catch(ignoreUnreadable);
    if (time !== undefined) times.push(time);
  }
  return times.length === 0 ? undefined : Math.max(...times);
}

/** What was chosen would be another image if a disk that fails were taken for an image that says nothing. */
function ignoreUnreadable(error: unknown): undefined {
  if (!isScraperError(error) || isOfSurroundings(error)) throw error;
}
