import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { bulkRegistry, bulkShapes, type BulkRegistry } from '../testing/bulk-registry.ts';
import { withRegistry } from '../testing/docker-registry.ts';
import { inspect } from './inspect.ts';
import type { Victim } from './killing.ts';

/** The registry that killed runs read, made below `parent`. */
export const victimSource = (parent: string): Promise<BulkRegistry> => bulkRegistry(bulkShapes.many, parent);

/** Arguments of a scrape of all of `source`. */
export function scrapeArguments({ references, root }: BulkRegistry, output: string): readonly string[] {
  return ['scrape', ...references, '--data-dir', root, '--output-dir', output, '--quiet'];
}

/** A scrape of all of `source` into an empty directory, to be killed. */
export function scrapeVictim(source: BulkRegistry, scratch: string, flags: readonly string[] = []): Victim {
  return {
    argumentsFor: output => [...scrapeArguments(source, output), ...flags],
    async prepare(output) {
      await mkdir(output);
    },
    serve: withRegistry,
    scratch,
  };
}

/** However often somebody was killed who read it, a source is as it was made. */
export async function assertUntouched(source: BulkRegistry): Promise<void> {
  const { tags, problems } = await inspect(source.root);
  assert.deepEqual(problems, []);
  assert.equal(tags.length, source.references.length);
}
