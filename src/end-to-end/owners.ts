import assert from 'node:assert/strict';
import { chown, lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Whether this process may give files to somebody else. */
export const mayGiveAway = process.getuid?.() === 0;

/** Gives a directory and all below it to somebody. */
export async function giveAway(directory: string, { uid, gid }: Owner): Promise<void> {
  await chown(directory, uid, gid);
  for (const place of await below(directory)) await chown(place, uid, gid);
}

/** All below a directory belongs to somebody. */
export async function assertOwned(directory: string, owner: Owner): Promise<void> {
  for (const place of await below(directory)) {
    const { uid, gid } = await lstat(place);
    assert.deepEqual({ uid, gid }, owner, place);
  }
}

async function below(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.map(({ parentPath, name }) => path.join(parentPath, name));
}
