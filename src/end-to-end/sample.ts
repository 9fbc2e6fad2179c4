/** What is looked at more closely in a sample of what killed runs left. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { RunningRegistry } from '../testing/docker-registry.ts';
import type { Random } from '../testing/random.ts';
import { catalog, tagsList } from '../testing/registry-client.ts';
import { runProgram } from './program.ts';
import { pullBySkopeo } from './pull.ts';

/** Tags pulled by a client in one sample. */
const MOST_PULLED = 2;

/**
 * The program itself finds nothing wrong, but for a tag whose history is there and whose current link is not yet: a stock
 * registry writes the two in the same order, and answers 404 in between.
 */
export async function assertVerified(directory: string): Promise<void> {
  const { stdout, output } = await runProgram(['verify', directory, '--json']);
  const { findings, errors } = JSON.parse(stdout) as {
    readonly findings: readonly { readonly kind: string; readonly severity: string }[];
    readonly errors: readonly unknown[];
  };
  const wrong = findings.filter(({ kind, severity }) => severity !== 'notice' && kind !== 'TAG_GHOST');
  assert.deepEqual([wrong, errors], [[], []], output);
}

/** A stock registry lists all of `tags`, and a stock client can pull some of them. */
export async function assertPulls(
  { address, url }: RunningRegistry,
  tags: readonly string[],
  random: Random,
  scratch: string,
): Promise<void> {
  const listed = new Set<string>();
  for (const name of await catalog(url))
    for (const tag of await tagsList(url, name)) listed.add(`${name}:${tag}`);
  assert.deepEqual(
    tags.filter(tag => !listed.has(tag)),
    [],
  );
  const pulled = path.join(scratch, 'pulled');
  for (let count = 0; count < MOST_PULLED && tags.length > 0; count++) {
    const tag = tags[random.integer(tags.length)] ?? '';
    await pullBySkopeo(address, tag, pulled);
    await rm(pulled, { recursive: true });
  }
}
