import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface ScratchFolder {
  readonly path: string;
  remove(): void;
}

/** Makes a folder that is removed when this process ends, if not before: {@link exitOnSignals} covers interruptions. */
export function scratchFolder(parent: string, prefix: string): ScratchFolder {
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, prefix));
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', remove);
  return { path, remove };
}

/** Lets `work` use a new folder below `parent`. */
export async function withScratchFolder<T>(
  parent: string,
  prefix: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const folder = scratchFolder(parent, prefix);
  try {
    return await work(folder.path);
  } finally {
    folder.remove();
  }
}

/** Makes signals end the process in the way that runs its exit handlers. */
export function exitOnSignals(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
}
