import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { megabytes, timed, type Log } from '../lib/log.ts';
import { distFolder, readJsonObject, root } from '../lib/project.ts';
import { bundle } from './bundle.ts';
import { currentCommit } from './commit.ts';
import { checksums, compress, removeOthers, sizeOf, writeWhole } from './dist.ts';
import { makeExecutables, type Target } from './executable.ts';
import { licences } from './licences.ts';
import { binaryName, hostPlatformName, platforms } from './platforms.ts';
import { sbom } from './sbom.ts';

export interface BuildOptions {
  /** Names of platforms (`linux-arm64`); none is given for the host's own. */
  readonly platforms: readonly string[];
  /** Whether to add a compressed copy of each binary. */
  readonly compress: boolean;
  /** Where the files go; dist/ if absent. */
  readonly folder?: string;
  readonly log: Log;
}

export interface BuildResult {
  readonly bundle: string;
  /** Path of each binary by its platform's name. */
  readonly binaries: ReadonlyMap<string, string>;
}

/** Builds the bundle and the binaries asked for, with their sums, in place of what an earlier build left. */
export async function buildProject({
  platforms: wanted,
  compress: packed,
  folder = distFolder,
  log,
}: BuildOptions): Promise<BuildResult> {
  const host = hostPlatformName();
  const known = platforms();
  const targets = (wanted.length === 0 ? [host] : wanted).flatMap((name): readonly Target[] => {
    const platform = known.find(candidate => candidate.name === name);
    if (platform !== undefined) return [{ platform, output: join(folder, binaryName(platform)) }];
    if (wanted.length === 0) {
      log(`no binary: none is made for this host (${host}); registry-scraper.cjs runs on its Node`);
      return [];
    }
    throw new Error(`unknown platform ${name}; known are ${known.map(one => one.name).join(', ')}`);
  });

  await mkdir(folder, { recursive: true });
  const version = String(readJsonObject(join(root, 'package.json'))['version']);
  const commit = await currentCommit();
  const program = await timed(
    log,
    'bundle',
    () => bundle({ version, commit }),
    made => megabytes(made.code.length),
  );
  const bundleFile = join(folder, 'registry-scraper.cjs');
  const licenceFile = join(folder, 'registry-scraper-licences.txt');
  await writeWhole(bundleFile, program.code, 0o755);
  const sbomFile = join(folder, 'registry-scraper.cdx.json');
  await writeWhole(licenceFile, await licences(program.packages));
  await writeWhole(sbomFile, sbom({ program, platforms: targets.map(target => target.platform) }));

  if (targets.length > 0) {
    const names = targets.map(target => target.platform.name).join(', ');
    await timed(
      log,
      'binaries',
      () => makeExecutables({ code: program.code, targets, host, log }),
      () => names,
    );
  }
  const binaries = targets.map(target => target.output);
  const copies = packed
    ? await timed(
        log,
        'compressed copies',
        () => Promise.all(binaries.map(compress)),
        made => String(made.length),
      )
    : [];
  const files = [bundleFile, licenceFile, sbomFile, ...binaries, ...copies];
  await writeWhole(join(folder, 'SHA256SUMS'), await checksums(files));
  await removeOthers(folder, files);
  for (const file of files) log(`${relative(root, file)}  ${megabytes(await sizeOf(file))}`);
  return {
    bundle: bundleFile,
    binaries: new Map(targets.map(target => [target.platform.name, target.output])),
  };
}
