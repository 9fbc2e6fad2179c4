import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { mustRun, run } from './run.ts';

interface Test {
  after(work: () => Promise<void>): void;
}

/** An empty file system of `size` bytes that is gone when the test is over; undefined where this user may not mount one. */
export async function smallDisk(t: Test, size: number): Promise<string | undefined> {
  const place = await mkdtemp(path.join(tmpdir(), 'registry-scraper-disk-'));
  const mount = ['-t', 'tmpfs', '-o', `size=${String(size)}`, 'tmpfs', place];
  const { status } = await run('mount', mount).catch(() => ({ status: 1 }));
  t.after(async () => {
    if (status === 0) await mustRun('umount', [place]);
    await rm(place, { recursive: true, force: true });
  });
  return status === 0 ? place : undefined;
}

/** Gives a {@link smallDisk} another size. */
export async function resizeDisk(place: string, size: number): Promise<void> {
  await mustRun('mount', ['-o', `remount,size=${String(size)}`, place]);
}

/** An empty directory on another file system than the temporary ones; undefined where there is but one. */
export async function otherFileSystem(t: Test): Promise<string | undefined> {
  const disk = await smallDisk(t, 16 * 1024 * 1024);
  if (disk !== undefined) return disk;
  const here = await stat(tmpdir());
  for (const candidate of ['/dev/shm', '/run/shm', '/var/tmp']) {
    const there = await stat(candidate).catch(() => here);
    if (there.dev === here.dev) continue;
    const place = await mkdtemp(path.join(candidate, 'registry-scraper-test-')).catch(() => undefined);
    if (place === undefined) continue;
    t.after(() => rm(place, { recursive: true, force: true }));
    return place;
  }
  return undefined;
}
