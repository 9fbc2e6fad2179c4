import { existsSync } from 'node:fs';
import { readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, npmCommand } from '../lib/command.ts';
import { cacheFolder, readJsonObject, root } from '../lib/project.ts';
import { withScratchFolder } from '../lib/scratch.ts';
import type { NodePackage } from './platforms.ts';
import { extractFromTarball } from './tarball.ts';

export interface BaseBinary {
  readonly file: string;
  readonly source: 'installed' | 'cached' | 'downloaded';
}

/**
 * The stock Node binary of a package: from node_modules where npm has installed it (the host's own), else from the cache,
 * else fetched with `npm pack`, which downloads a package whatever platform it is for.
 * @throws Error when it can't be had or its bytes don't match the integrity
 */
export async function baseBinary(base: NodePackage): Promise<BaseBinary> {
  const installed = join(root, 'node_modules', base.name);
  if (existsSync(join(installed, base.binary))) {
    const { version } = readJsonObject(join(installed, 'package.json'));
    if (version === base.version) return { file: join(installed, base.binary), source: 'installed' };
  }
  const folder = join(cacheFolder, 'bases');
  const file = join(folder, `${base.name}-${base.version}`);
  if (existsSync(file)) return { file, source: 'cached' };
  await download(base, folder, file);
  return { file, source: 'downloaded' };
}

async function download(base: NodePackage, folder: string, file: string): Promise<void> {
  try {
    await withScratchFolder(folder, 'download-', async scratch => {
      const [npm, ...first] = npmCommand();
      const args = [
        'pack',
        `${base.name}@${base.version}`,
        '--pack-destination',
        scratch,
        '--loglevel=error',
      ];
      await mustRun(npm, [...first, ...args], { cwd: scratch });
      const [tarball] = await readdir(scratch);
      if (tarball === undefined) throw new Error(`npm pack ${base.name}@${base.version} wrote nothing`);
      const binary = extractFromTarball(await readFile(join(scratch, tarball)), base.integrity, base.binary);
      const partial = join(scratch, 'binary');
      await writeFile(partial, binary, { mode: 0o755 });
      // Only a proved and complete file ever has the name under which the cache is read.
      await rename(partial, file);
    });
  } catch (error) {
    throw new Error(`could not get Node ${base.version} from ${base.name}`, { cause: error });
  }
}
