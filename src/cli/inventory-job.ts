import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { ScraperError, type Warning } from '../errors.ts';
import { encodeInventory } from '../inventory/codec.ts';
import type { InventoryTotals } from '../inventory/inventory.ts';
import { takeInventory, type Found } from '../inventory/take.ts';
import { unlessAborted } from '../inventory/unless-aborted.ts';
import type { Digest } from '../oci/digest.ts';
import { isWithin } from '../registry/containment.ts';
import { databaseInUse } from '../registry/database.ts';
import { openDataDir } from '../registry/locate.ts';
import { registrySource } from '../registry/source.ts';
import { orFailure } from '../storage/errno.ts';
import type { CliContext } from './context.ts';
import type { InventoryCommandOptions, InventoryOutput } from './inventory-options.ts';
import { checkNewFile, writeNewFile } from './new-file.ts';

export interface InventoryWatch {
  readonly warn: (warning: Warning) => void;
  readonly onFound: (found: Found) => void;
}

/** An inventory that was written. */
export interface WrittenInventory {
  readonly digest: Digest;
  readonly totals: InventoryTotals;
  /** Bytes of the file. */
  readonly fileBytes: number;
}

/**
 * Connects a registry's storage directory, its inventory, and the file or stream that takes it.
 * @throws ScraperError where one of them cannot be used
 */
export async function inventoryJob(
  { dataDir, output }: InventoryCommandOptions,
  { warn, onFound }: InventoryWatch,
  context: CliContext,
): Promise<WrittenInventory> {
  const { signal } = context;
  await checkPlace(output, context);
  const { driver, storage } = await openDataDir(dataDir);
  if (output.path !== undefined) await refuseInside(output.path, storage);
  const source = registrySource(driver, warn);
  if (await source.databaseInUse()) warn(databaseInUse());
  const inventory = await takeInventory({ source, signal, warn, onFound });
  const chunks = encodeInventory(inventory);
  const fileBytes =
    output.path === undefined
      ? await writeStdout(chunks, context)
      : await writeNewFile({ ...output, path: output.path }, chunks, { signal, now: () => Date.now() });
  return { digest: inventory.digest, totals: inventory.totals, fileBytes };
}

async function checkPlace(
  { path: place, given, force }: InventoryOutput,
  { stdout }: CliContext,
): Promise<void> {
  if (place !== undefined) await checkNewFile({ path: place, given, force });
  else if (stdout.isTTY === true) {
    throw new ScraperError('OUTPUT_INVALID', 'cannot write an inventory to a terminal: it is no text', {
      hint: 'name a file with -o FILE, or pipe it on',
    });
  }
}

/** A registry does not expect files of others in its storage. */
async function refuseInside(place: string, storage: string): Promise<void> {
  const directory = path.dirname(place);
  const real = await orFailure(realpath(directory), directory, 'read');
  if (!(await isWithin(real, storage))) return;
  throw new ScraperError('OUTPUT_INVALID', `cannot write ${place}: it is inside the registry's storage`, {
    path: place,
    hint: 'choose a place beside the data directory',
  });
}

async function writeStdout(
  chunks: AsyncIterable<Uint8Array>,
  { stdout, drained, signal, readerGone }: CliContext,
): Promise<number> {
  let size = 0;
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    stdout.write(chunk);
    size += chunk.length;
    await unlessAborted(drained(), signal);
    if (!readerGone.aborted) continue;
    throw new ScraperError('IO_ERROR', 'the reader of the inventory left before it was complete', {
      hint: 'look at what the reading command says',
    });
  }
  return size;
}
