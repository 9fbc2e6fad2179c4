import { mkdir, open, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { isScraperError } from '../errors.ts';
import { errnoOf, ioFailure } from '../storage/errno.ts';
import { localPlace } from '../storage/path.ts';
import { fileWriter, syncDirectory, type FileWriter } from '../transfer/files.ts';
import {
  ODD_MODE,
  plainSettings,
  type LocalFile,
  type SharedState,
  type WriteSettings,
} from '../transfer/job.ts';
import { transferPool, type TransferPool } from '../transfer/pool.ts';
import { verifier } from '../transfer/verifier.ts';
import { localOutput } from './local-output.ts';
import { makeScratch, removeAbandoned } from './scratch.ts';
import type { Sink, SinkSession, UnverifiedBlob, WriteOutcome } from './sink.ts';

/** Writes kept waiting for each worker, so that small files can be handed over in batches. */
const WAITING_PER_WORKER = 64;

export interface DirectorySinkOptions {
  /** The directory that becomes a registry's root directory; made when it is missing. */
  readonly root: string;
  /** Hard-link blobs where the source is a local file and the file systems allow it. */
  readonly link: boolean;
  /** Number of worker threads. */
  readonly concurrency: number;
  readonly spawn: (shared: SharedState) => Worker;
  /** How files are written; by default as the system does, without waiting for the disk. */
  readonly settings?: WriteSettings;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What an open sink works with. */
interface Opened {
  readonly session: SinkSession;
  readonly root: string;
  readonly scratch: string;
  readonly files: FileWriter;
  readonly pool: TransferPool;
}

/**
 * A sink into a local directory. Every file is written in a scratch directory beside the tree and renamed into its place,
 * so whatever stands under its own name is complete; several sinks may write into one directory at the same time.
 */
export function directorySink({
  root,
  link,
  concurrency,
  spawn,
  settings = plainSettings,
  now,
}: DirectorySinkOptions): Sink {
  let opened: Opened | undefined;
  let written = 0;
  let fallbackKnown = false;

  function use(): Opened {
    if (!opened) throw new TypeError('the sink is not open');
    return opened;
  }

  function localFile(path: string): LocalFile {
    written += 1;
    return { scratch: join(use().scratch, String(written)), target: localPlace(use().root, path) };
  }

  function noteFallback(reason: string): void {
    if (fallbackKnown) return;
    fallbackKnown = true;
    const why =
      reason === 'EXDEV'
        ? 'the output is on another file system'
        : reason === ODD_MODE
          ? 'there are files in the source that may be executed'
          : `the system refused: ${reason}`;
    use().session.onWarning({
      code: 'LINK_FALLBACK',
      message: `blobs are copied, not hard-linked: ${why}`,
      path: root,
    });
  }

  async function writeStream(blob: UnverifiedBlob): Promise<WriteOutcome> {
    const { session, root: top, files } = use();
    const file = localFile(blob.path);
    try {
      await streamTo(files, file.scratch, blob, session);
      files.makeDirectory(top, dirname(file.target));
      files.publish(file);
      files.settle();
    } finally {
      await rm(file.scratch, { force: true }).catch(() => undefined); // the directory it is in goes, too
    }
    return 'copied';
  }

  return {
    name: root,
    inFlight: concurrency * WAITING_PER_WORKER,
    durable: settings.sync,
    ...localOutput(root, { measureSpace: !link }),
    async open(session) {
      try {
        const made = await makeDirectories(root);
        if (settings.sync && made !== undefined) settleNew(root, made);
        const top = await realpath(root);
        await removeAbandoned(top, now());
        const scratch = await makeScratch(top);
        const { signal, onBytes } = session;
        const how = { ...settings, scratch };
        opened = {
          ...{ session, root: top, scratch, files: fileWriter(how) },
          pool: transferPool({ concurrency, spawn, settings: how, signal, onBytes }),
        };
      } catch (error) {
        throw ioFailure(error, root, 'write');
      }
    },
    async verify(blob) {
      try {
        await use().pool.run({
          kind: 'prove',
          source: { path: localPlace(root, blob.path) },
          expected: { ...expectedOf(blob), origin: localPlace(root, blob.path) },
        });
        return true;
      } catch (error) {
        if (isScraperError(error, 'SIZE_INVALID', 'DIGEST_MISMATCH', 'PATH_UNKNOWN', 'NOT_A_FILE'))
          return false;
        throw error;
      }
    },
    async writeBlob(blob) {
      if (!blob.localRange) return writeStream(blob);
      const { pool, root: top } = use();
      // finding the file takes a moment; the blobs are copied in the order of the plan all the same
      const ticket = pool.ticket();
      const source = await blob.localRange();
      if (!source) return writeStream(blob);
      const job = { root: top, source, link, expected: expectedOf(blob), ...localFile(blob.path) };
      const outcome = await pool.run({ kind: 'transfer', ...job }, ticket);
      if (outcome.kind === 'linked') return 'linked';
      if (outcome.kind === 'copied' && outcome.note !== undefined) noteFallback(outcome.note);
      return 'copied';
    },
    async publish(directories, links) {
      const { pool, root: top } = use();
      await pool.run({
        kind: 'publish',
        root: top,
        directories: directories.map(path => localPlace(top, path)),
        files: links.map(({ path, content }) => ({ ...localFile(path), content })),
      });
    },
    async close() {
      if (!opened) return;
      const { pool, scratch } = opened;
      opened = undefined;
      await pool.close();
      // what cannot be removed is left to the next run
      await rm(scratch, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}

/**
 * Makes a directory and what is missing above it. Node's own way hides why it fails: of a disk that is read-only or full it
 * says that there is no such directory.
 * @returns the uppermost directory that was made; undefined when it was there
 */
async function makeDirectories(directory: string): Promise<string | undefined> {
  try {
    if ((await stat(directory)).isDirectory()) return undefined;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const above = dirname(directory);
  const first = above === directory ? undefined : await makeDirectories(above);
  try {
    await mkdir(directory);
    return first ?? directory;
  } catch (error) {
    // another run may have made it meanwhile
    const found = errnoOf(error) === 'EEXIST' ? await stat(directory) : undefined;
    if (found?.isDirectory() !== true) throw error;
    return first;
  }
}

/** Makes the names durable of a directory that was just made and of those above it, of which `first` is the uppermost new one. */
function settleNew(directory: string, first: string): void {
  for (let place = directory; place.length >= first.length; place = dirname(place))
    syncDirectory(dirname(place));
}

function expectedOf({
  digests,
  size,
  origin,
}: UnverifiedBlob): Pick<UnverifiedBlob, 'digests' | 'size' | 'origin'> {
  return { digests, size, origin };
}

/** Writes a stream into a new file while proving it. */
async function streamTo(
  files: FileWriter,
  path: string,
  blob: UnverifiedBlob,
  { signal, onBytes }: SinkSession,
): Promise<void> {
  const proof = verifier(blob);
  const writing = async <T>(step: Promise<T>): Promise<T> => {
    try {
      return await step;
    } catch (error) {
      throw ioFailure(error, path, 'write');
    }
  };
  const file = await writing(open(path, 'wx'));
  try {
    for await (const chunk of blob.stream()) {
      signal.throwIfAborted();
      proof.update(chunk);
      await writing(file.writeFile(chunk));
      onBytes(chunk.byteLength);
    }
    files.complete(path, file.fd);
  } finally {
    await writing(file.close());
  }
  proof.finish();
}
