import { readFileSync } from 'node:fs';

/** Address space that a thread takes, bytes: measured 95 MiB with {@link CODE_MIB}; and what it then works with. */
const NEEDED = 200 * 2 ** 20;

/**
 * Address space for machine code, which V8 sets aside for each thread: 512 MiB unless told otherwise, and a limit on address
 * space (`ulimit -v`) counts them although nobody ever uses them. The threads here run a few kilobytes of code.
 */
export const CODE_MIB = 32;

/**
 * V8 ends the whole process, with a message of its own, when a new thread finds no address space; so whether there is some is
 * found out before. Where the system does not tell, there is.
 * @throws Error when there is none
 */
export function checkRoomForThread(read: (file: string) => string = readText): void {
  const limit = numberIn(read('/proc/self/limits'), /^Max address space +(\d+) /m);
  if (limit === undefined) return;
  const taken = (numberIn(read('/proc/self/status'), /^VmSize:\s+(\d+) kB/m) ?? 0) * 1024;
  if (taken + NEEDED <= limit) return;
  throw new Error(`of ${inMiB(limit)} of address space (ulimit -v) ${inMiB(taken)} are taken already`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function numberIn(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function inMiB(bytes: number): string {
  return `${String(Math.round(bytes / 2 ** 20))} MiB`;
}
