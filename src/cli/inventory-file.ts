import { open, stat } from 'node:fs/promises';
import { beginsLikeInventory, decodeInventory } from '../inventory/codec.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { ioFailure } from '../storage/errno.ts';
import { readHead } from '../storage/head.ts';

const CHUNK = 256 * 1024;
/** So many bytes tell what a file is. */
const HEAD = 64;

/** Whether a plain file is there that begins as an inventory does. @throws ScraperError `ACCESS_DENIED`, `IO_ERROR` */
export async function isInventoryFile(path: string): Promise<boolean> {
  if ((await stat(path).catch(() => undefined))?.isFile() !== true) return false;
  try {
    const file = await open(path);
    try {
      return beginsLikeInventory(await readHead(file, HEAD));
    } finally {
      await file.close();
    }
  } catch (error) {
    throw ioFailure(error, path, 'read');
  }
}

/**
 * Reads an inventory, which may also come through a pipe.
 * @param name the file as the operator would name it
 * @throws ScraperError `INVENTORY_INVALID`, `UNSUPPORTED`, `PATH_UNKNOWN`, `NOT_A_FILE`, `ACCESS_DENIED`, `IO_ERROR`, and the
 *   signal's reason
 */
export function readInventory(path: string, name: string, signal: AbortSignal): Promise<Inventory> {
  return decodeInventory(chunksOf(path, name), name, signal);
}

async function* chunksOf(path: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    const file = await open(path);
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(CHUNK), 0, CHUNK);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw ioFailure(error, name, 'read');
  }
}
