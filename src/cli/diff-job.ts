import { diff, type Difference } from '../diff/diff.ts';
import type { DiffCommandOptions } from './diff-options.ts';
import { openContents, type ContentsOptions } from './open-contents.ts';

/**
 * Compares what was named.
 * @throws ScraperError where one of the two cannot be read
 */
export async function diffJob(
  { a, b }: Pick<DiffCommandOptions, 'a' | 'b'>,
  context: ContentsOptions,
): Promise<Difference> {
  return diff(await openContents(a.path, context), await openContents(b.path, context));
}
