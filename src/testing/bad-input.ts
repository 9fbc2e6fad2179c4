import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor, type ErrorCode } from '../errors.ts';
import type { Report } from '../report.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { filesystemDriver } from '../storage/filesystem.ts';
import { buildRegistry, type RegistryBuilder } from './registry.ts';
import type { RepositoryBuilder } from './repository.ts';
import { scrapeTree } from './scrape.ts';
import { assertServable } from './servable.ts';
import { temporaryDirectory } from './temporary.ts';
import { listTree, type Listing } from './tree.ts';

export interface Situation {
  readonly registry: RegistryBuilder;
  readonly app: RepositoryBuilder;
}

/** What goes wrong with `team/app:1.0`, and what has to be said about it. */
export interface BadInput {
  /** Makes the registry bad. Returns the path that the error has to name, if one can be told. */
  readonly make: (situation: Situation) => unknown;
  readonly reference?: string;
  readonly code: ErrorCode;
  readonly exitCode: number;
  /** All must match the message. */
  readonly says: readonly RegExp[];
  /** What is found out only while bytes are copied; until then blobs without links may have been written. */
  readonly whenCopied?: boolean;
  /** Read from a real directory, where links and pipes are what they are. */
  readonly onDisk?: boolean;
}

export const badReference = 'team/app:1.0';
export const goodReference = 'team/good:1.0';

/** A registry with a good image besides whatever `make` does. */
export function situation(): Situation {
  const registry = buildRegistry();
  registry.repository('team/good').image({ tag: '1.0' });
  return { registry, app: registry.repository('team/app') };
}

/**
 * Tests that bad input is refused as it has to be: one error with code, exit code, text and a hint; nothing written that
 * could be served, not even in a dry run; and a good image beside it is shipped if and only if that was asked for.
 */
export function testBadInput(name: string, bad: BadInput): void {
  const { make, reference = badReference, whenCopied = false, onDisk = false } = bad;
  test(`${name}: ${bad.code}`, async t => {
    const { registry, app } = situation();
    const place = make({ registry, app });
    const driver = onDisk ? await driverOnDisk(registry, await temporaryDirectory(t)) : registry.driver();
    const good = (await scrapeTree(registry, goodReference, { driver })).listing;
    const check = (report: Report): void => {
      assertSaid(report, bad, reference);
      const [{ path } = {}] = report.errors;
      if (typeof place === 'string') assert.equal(path, driver.describe(place));
    };

    const alone = await scrapeTree(registry, reference, { driver });
    check(alone.report);
    assert.equal(alone.report.images[0]?.status, 'failed');
    assert.deepEqual(links(alone.listing), []);

    const stopped = await scrapeTree(registry, [goodReference, reference], { driver });
    check(stopped.report);
    assertServable(stopped.output);
    if (!whenCopied) assert.deepEqual([alone.listing.size, stopped.listing.size], [0, 0]);

    const dry = await scrapeTree(registry, [goodReference, reference], { driver, dryRun: true });
    if (!whenCopied) check(dry.report);
    assert.equal(dry.listing.size, 0);

    const settings = { driver, keepGoing: true };
    const { report, output } = await scrapeTree(registry, [reference, goodReference], settings);
    check(report);
    assertServable(output);
    assert.deepEqual(
      report.images.map(image => [image.requested, image.status]).sort(),
      [
        [reference, 'failed'],
        [goodReference, 'copied'],
      ].sort(),
    );
    assert.deepEqual(links(listTree(output)), links(good));
  });
}

async function driverOnDisk(registry: RegistryBuilder, root: string): Promise<StorageDriver> {
  await registry.write(root);
  return filesystemDriver({ root });
}

function assertSaid(report: Report, bad: BadInput, reference: string): void {
  assert.equal(report.ok, false);
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    [bad.code],
    JSON.stringify(report.errors),
  );
  const [failure] = report.errors;
  assert.equal(exitCodeFor(report.errors), bad.exitCode);
  for (const pattern of bad.says) assert.match(failure?.message ?? '', pattern);
  assert.ok(failure?.hint, `no hint: ${failure?.message ?? ''}`);
  assert.equal(failure.reference, reference);
  assert.doesNotMatch(`${failure.message} ${failure.hint}`, /undefined|\[object|NaN/);
  const failed = report.images.filter(image => image.status === 'failed');
  assert.deepEqual(
    failed.map(image => image.error),
    [failure],
  );
}

function links(listing: Listing): string[] {
  return [...listing.keys()].filter(path => path.includes('/repositories/'));
}
