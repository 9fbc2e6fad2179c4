import { constants, openSync } from 'node:fs';
import { closeRead } from '../storage/calls.ts';

/** Files kept open at once; an archive may have thousands of parts. */
const MOST_OPEN = 32;

/** Files that are opened when they are first needed, and closed when others are needed more. */
export interface OpenFiles {
  /** Runs `work` with an open file. Fails as the system says it. */
  use<T>(path: string, work: (file: number) => T | Promise<T>): Promise<T>;
  close(): void;
}

interface OpenFile {
  readonly file: number;
  users: number;
}

export function openFiles(mostOpen = MOST_OPEN): OpenFiles {
  const open = new Map<string, OpenFile>();

  function take(path: string): OpenFile {
    const found = open.get(path) ?? {
      file: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
      users: 0,
    };
    // what was used last stands last
    open.delete(path);
    open.set(path, found);
    found.users += 1;
    return found;
  }

  function closeIdle(most: number): void {
    for (const [path, { file, users }] of open) {
      if (open.size <= most) return;
      if (users > 0) continue;
      open.delete(path);
      closeRead(file);
    }
  }

  return {
    async use(path, work) {
      const found = take(path);
      try {
        return await work(found.file);
      } finally {
        found.users -= 1;
        closeIdle(mostOpen);
      }
    },
    close() {
      closeIdle(0);
    },
  };
}
