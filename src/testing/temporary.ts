import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What a test is asked for when something has to be tidied up after it. */
export interface Tidied {
  after(work: () => Promise<void>): void;
}

/** An empty directory, without symbolic links on the way to it, that is gone when the test `t` is over. */
export async function temporaryDirectory(t: Tidied): Promise<string> {
  const directory = await realpath(await mkdtemp(path.join(tmpdir(), 'registry-scraper-test-')));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
