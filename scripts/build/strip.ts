import { chmod, copyFile, rename } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand, run } from '../lib/command.ts';
import { cacheFolder } from '../lib/project.ts';
import { withScratchFolder } from '../lib/scratch.ts';
import type { Platform } from './platforms.ts';

export interface Stripped {
  readonly file: string;
  /** What was done, for the build's log. */
  readonly note: string;
}

/** GNU tools are named after their target and know only that one; LLVM's know all. */
const machines = { x64: 'x86_64', arm64: 'aarch64' } as const;

/**
 * A copy of a Linux binary without symbols (a sixth smaller), made by the first `strip` at hand that knows the binary's
 * architecture. Where there is none, or it fails, the binary is used as it is.
 */
export async function stripBinary(file: string, platform: Platform): Promise<Stripped> {
  if (platform.os !== 'linux') return { file, note: 'not stripped: only Linux binaries are' };
  const target = join(cacheFolder, 'stripped', `${platform.base.name}-${platform.base.version}`);
  if (existsSync(target)) return { file: target, note: 'stripped before' };
  return withScratchFolder(join(cacheFolder, 'stripped'), 'strip-', async folder => {
    const scratch = join(folder, 'node');
    for (const tool of candidates(platform)) {
      if (findCommand(tool) === undefined) continue;
      await copyFile(file, scratch);
      await chmod(scratch, 0o755);
      // A strip for another architecture says "file format not recognized" and fails.
      if ((await run(tool, [scratch])).status !== 0) continue;
      await rename(scratch, target);
      return { file: target, note: `stripped with ${tool}` };
    }
    return { file, note: `not stripped: no strip for ${machines[platform.arch]} here` };
  });
}

function candidates(platform: Platform): readonly string[] {
  const gnu = `${machines[platform.arch]}-linux-gnu-strip`;
  const own = process.platform === 'linux' && process.arch === platform.arch ? ['strip'] : [];
  return [...own, gnu, 'llvm-strip'];
}
