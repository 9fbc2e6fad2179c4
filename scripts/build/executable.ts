import { copyFile, link, mkdir, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { mustRun } from '../lib/command.ts';
import { cacheFolder, root } from '../lib/project.ts';
import { withScratchFolder } from '../lib/scratch.ts';
import { baseBinary } from './bases.ts';
import { boot, compileAhead, type Assets } from './compiled.ts';
import type { PkgSeaJob } from './pkg-sea.ts';
import { generatorFor, type Os, type Platform } from './platforms.ts';
import { signMacBinary } from './sign.ts';
import { stripBinary } from './strip.ts';

/**
 * What lives for moments may take 12 MB instead of 100: the many small objects of plans and directories would fill what they
 * are given, and it costs no time that can be measured.
 */
const EXEC_ARGV = ['--max-semi-space-size=4'];

/** A platform and where its binary goes. */
export interface Target {
  readonly platform: Platform;
  readonly output: string;
}

export interface ExecutableInput {
  /** The bundled program. */
  readonly code: string;
  readonly targets: readonly Target[];
  /** Name of the platform this runs on. */
  readonly host: string;
  readonly log: (line: string) => void;
}

/**
 * Puts the program into a stock Node binary for each target (a "single executable application"), with pkg. Outputs appear
 * under their names complete or not at all.
 */
export async function makeExecutables(input: ExecutableInput): Promise<void> {
  await withScratchFolder(cacheFolder, 'build-', async workshop => {
    for (const { platform } of input.targets) {
      const base = await baseBinary(platform.base);
      const stripped = await stripBinary(base.file, platform);
      await offerToPkg(workshop, platform, stripped.file);
      input.log(`${platform.name}: Node ${platform.base.version}, ${base.source}, ${stripped.note}`);
    }
    for (const group of groups(input)) await runPkg(workshop, group, input);
    for (const { platform, output } of input.targets) {
      const made = join(workshop, platform.name);
      if (platform.os === 'macos') input.log(`${platform.name}: ${await signMacBinary(made)}`);
      await publish(made, output);
    }
  });
}

/** Renames; where the folder is on another file system, copies first, so that the name never stands for half a file. */
async function publish(made: string, output: string): Promise<void> {
  const partial = `${output}.${process.pid}.partial`;
  await rename(made, output).catch(async () => {
    await copyFile(made, partial);
    await rename(partial, output);
  });
}

/**
 * What one run of pkg can make: targets of one Node version, because what is injected must come from a Node of exactly the
 * target's version. The host's own binary goes apart: only it may hold compiled code, which is bound to a machine.
 */
function groups({ targets, host }: ExecutableInput): readonly (readonly Target[])[] {
  const byKey = new Map<string, Target[]>();
  for (const target of targets) {
    const key = target.platform.name === host ? host : target.platform.base.version;
    byKey.set(key, [...(byKey.get(key) ?? []), target]);
  }
  return [...byKey.values()];
}

async function runPkg(workshop: string, group: readonly Target[], input: ExecutableInput): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const own = first.platform.name === input.host;
  const version = first.platform.base.version;
  if (!own && `v${version}` !== process.version) await offerGenerator(workshop, version, input);
  const entry = join(workshop, own ? 'boot.cjs' : 'registry-scraper.cjs');
  await writeFile(entry, own ? boot : input.code);
  const job: PkgSeaJob = {
    entry,
    main: fromScratch(workshop, entry),
    assets: own ? await compiledProgram(workshop, first.platform, input.code) : {},
    execArgv: EXEC_ARGV,
    targets: group.map(({ platform }) => ({
      platform: platform.os,
      arch: platform.arch,
      nodeRange: `node${platform.base.version}`,
      output: join(workshop, platform.name),
    })),
  };
  const env = {
    ...process.env,
    HOME: workshop,
    USERPROFILE: workshop,
    TMPDIR: workshop,
    TEMP: workshop,
    TMP: workshop,
  };
  await mustRun(process.execPath, [join(root, 'scripts', 'build', 'pkg-sea.ts'), JSON.stringify(job)], {
    env,
  });
}

/** How pkg, which works in a folder of its own in `workshop`, is to call a file there. */
function fromScratch(workshop: string, file: string): string {
  return join('..', relative(workshop, file));
}

/** The program and its compiled code, as pkg is to call them. */
async function compiledProgram(workshop: string, platform: Platform, code: string): Promise<Assets> {
  const { file: node } = await stripBinary((await baseBinary(platform.base)).file, platform);
  const { program, compiled } = await compileAhead(code, node, EXEC_ARGV, workshop);
  return { program: fromScratch(workshop, program), compiled: fromScratch(workshop, compiled) };
}

/** Without one, pkg tries to download that release itself, which needs an open network. */
async function offerGenerator(
  workshop: string,
  version: string,
  { host, log }: ExecutableInput,
): Promise<void> {
  const generator = generatorFor(host, version);
  if (generator === undefined) return;
  const base = await baseBinary(generator);
  const [os = '', arch = ''] = host.split('-');
  await offerToPkg(workshop, { os: os as Os, arch, base: { version } }, base.file);
  log(`Node ${version} for ${host}, ${base.source}: prepares the program for binaries of that version`);
}

/** Puts a base binary where pkg looks for what it would have downloaded, with the marks it sets on what it has checked. */
async function offerToPkg(
  workshop: string,
  platform: { readonly os: Os; readonly arch: string; readonly base: { readonly version: string } },
  file: string,
): Promise<void> {
  const cache = join(workshop, '.pkg-cache', 'sea');
  const os = platform.os === 'macos' ? 'darwin' : platform.os;
  const name = `node-v${platform.base.version}-${os}-${platform.arch}`;
  const binary = os === 'win' ? join(cache, `${name}.exe`) : join(cache, name, 'bin', 'node');
  const archive = join(cache, os === 'win' ? `${name}.zip` : `${name}.tar.gz`);
  await mkdir(join(binary, '..'), { recursive: true });
  await link(file, binary).catch(() => copyFile(file, binary));
  for (const mark of [`${binary}.ok`, archive, `${archive}.ok`]) await writeFile(mark, '');
}
