import { findCommand, run } from '../lib/command.ts';

/**
 * Signs a macOS binary ad hoc: whatever signature it had no longer fits after the program was put in, and macOS kills such a
 * binary at its start.
 * @returns what was done, or what is left to do, for the build's log
 */
export async function signMacBinary(file: string): Promise<string> {
  const attempts: readonly (readonly [string, readonly string[]])[] = [
    ['codesign', ['--force', '--sign', '-', file]],
    ['rcodesign', ['sign', file]],
    ['ldid', ['-Cadhoc', '-S', file]],
  ];
  for (const [tool, args] of attempts) {
    if (findCommand(tool) === undefined) continue;
    const result = await run(tool, args);
    return result.status === 0
      ? `signed with ${tool}`
      : `NOT SIGNED: ${tool} failed: ${result.output.trim()}`;
  }
  return 'NOT SIGNED (no codesign, rcodesign or ldid here); on a Mac, before the first run: codesign --force --sign - FILE (its sum changes)';
}
