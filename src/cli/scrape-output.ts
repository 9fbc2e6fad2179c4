import { existsSync } from 'node:fs';
import { encodeManifest } from '../bundle/encode-manifest.ts';
import { makeManifest, type ManifestInput } from '../bundle/make-manifest.ts';
import type { SelectionRecord } from '../bundle/manifest.ts';
import { signerFrom } from '../bundle/sign.ts';
import { version } from '../build-info.ts';
import type { CopyResult } from '../copy.ts';
import type { BaseUnion } from '../inventory/base.ts';
import { sinkOutput, type Output } from '../output.ts';
import type { Plan } from '../plan.ts';
import { archiveOutput } from '../ship.ts';
import { formatArchive, layoutDirectory } from '../ship-format.ts';
import { directorySink } from '../sink/directory.ts';
import { threadsAhead } from '../transfer/ahead.ts';
import { plainSettings } from '../transfer/job.ts';
import { spawnTransferWorker } from '../transfer/spawn.ts';
import { archiveWriter } from './archive-job.ts';
import type { Destination } from './destination.ts';
import { readKey } from './named-archive.ts';
import { checkNewFile, writeNewFile } from './new-file.ts';
import type { ScrapeCommandOptions, SelectionArguments } from './options.ts';

/** What a signature of a manifest that stands beside its bundle is called. */
const SIGNATURE_SUFFIX = '.sig';

/**
 * Makes ready what a scrape writes; nothing is written before a plan is carried out.
 * @returns undefined for a dry run without an output
 * @throws ScraperError `USAGE`, `OUTPUT_EXISTS`, `OUTPUT_INVALID`, `KEY_INVALID`, `ACCESS_DENIED`, `IO_ERROR`
 */
export async function scrapeOutput(
  options: ScrapeCommandOptions,
  context: { readonly base: BaseUnion | undefined; readonly tty: boolean; readonly signal: AbortSignal },
): Promise<Output | undefined> {
  const { output, archive, concurrency, keepGoing, verifyExisting, link, dryRun, sync } = options;
  if (!output) return undefined;
  const { base } = context;
  // nothing goes there in a dry run, whatever it is
  const tty = context.tty && !dryRun;
  const sign =
    archive.sign === undefined
      ? undefined
      : (await signerFrom(await readKey(archive.sign), archive.sign)).sign;
  const input: Omit<ManifestInput, 'plan'> = {
    selection: selectionRecord(options.references, options.selection),
    version,
    ...(base && { base: base.sources }),
  };
  const { format } = archive;
  async function makeOutput(to: Destination): Promise<Output> {
    if (to.kind === 'directory') {
      // where there is nothing yet, there will be work for threads
      const fresh = !dryRun && !existsSync(to.path);
      const sink = directorySink({
        ...{ root: to.path, link, concurrency },
        spawn: fresh ? threadsAhead(concurrency) : spawnTransferWorker,
        settings: { ...plainSettings, sync },
        now: () => Date.now(),
      });
      const make = format === 'oci' ? layoutDirectory : sinkOutput;
      return make(sink, { keepGoing, verifyExisting });
    }
    const write = await archiveWriter(to, archive, { concurrency, sync, tty });
    if (format !== 'registry') return formatArchive(format, write);
    return archiveOutput({ ...input, write, ...(sign && { sign }) });
  }
  const made = await makeOutput(output);
  if (archive.manifest === undefined) return made;
  const files = await manifestFiles(archive.manifest, { force: archive.force, sync }, sign !== undefined);
  return {
    ...made,
    async carry(plan, carrying): Promise<CopyResult> {
      const result = await made.carry(plan, carrying);
      // a manifest says what is there: of a bundle that is not whole, there is none
      if (result.failed.size === 0 && !result.stopped)
        await writeManifest(files, plan, input, sign, context.signal);
      return result;
    },
  };
}

interface ManifestFiles {
  readonly manifest: string;
  readonly signature: string | undefined;
  readonly force: boolean;
  readonly sync: boolean;
}

async function manifestFiles(
  manifest: string,
  { force, sync }: Pick<ManifestFiles, 'force' | 'sync'>,
  signed: boolean,
): Promise<ManifestFiles> {
  const signature = signed ? manifest + SIGNATURE_SUFFIX : undefined;
  for (const path of [manifest, signature])
    if (path !== undefined) await checkNewFile({ path, given: path, force });
  return { manifest, signature, force, sync };
}

async function writeManifest(
  { manifest, signature, force, sync }: ManifestFiles,
  plan: Plan,
  input: Omit<ManifestInput, 'plan'>,
  sign: ((bytes: Uint8Array) => Uint8Array) | undefined,
  signal: AbortSignal,
): Promise<void> {
  const bytes = encodeManifest(makeManifest({ ...input, plan }));
  const write = async (path: string, content: Uint8Array): Promise<void> => {
    await writeNewFile({ path, given: path, force }, once(content), { signal, sync, now: () => Date.now() });
  };
  await write(manifest, bytes);
  if (signature !== undefined && sign) await write(signature, sign(bytes));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** What was asked for, in the form in which a bundle remembers it. */
function selectionRecord(references: readonly string[], given: SelectionArguments): SelectionRecord {
  const { from, exclude, tagRegex, semver, prerelease, newest, newestBy, platform, referrers, rename } =
    given;
  return {
    references,
    from,
    exclude,
    tagRegex: tagRegex ?? null,
    semver: semver ?? null,
    prerelease,
    newest: newest === undefined ? null : Number(newest),
    newestBy: newestBy ?? null,
    platforms: platform.flatMap(text => text.split(',')).map(text => text.trim()),
    referrers: referrers === false ? [] : referrers.length === 0 ? null : referrers,
    rename,
  };
}
