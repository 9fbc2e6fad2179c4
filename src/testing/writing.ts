import type { ArchiveItem } from '../archive/item.ts';
import type { ArchiveOutput } from '../archive/output.ts';
import { inlineProver, type Prover } from '../archive/prover.ts';
import { threadedProver } from '../archive/threaded-prover.ts';
import { writeArchive, type WriteOptions, type WrittenArchive } from '../archive/write-tar.ts';
import { spawnProvingWorker } from '../transfer/spawn.ts';
import { run, type Finished } from './run.ts';

/** An output that keeps everything. */
export interface MemoryOutput extends ArchiveOutput {
  /** What has come so far; after an abort, what a reader has got. */
  bytes(): Buffer;
  readonly state: () => 'open' | 'finished' | 'aborted';
}

export function memoryOutput(): MemoryOutput {
  const chunks: Buffer[] = [];
  let state: 'open' | 'finished' | 'aborted' = 'open';
  return {
    bytes: () => Buffer.concat(chunks),
    state: () => state,
    write(bytes) {
      // the memory is not ours any more once this has returned
      chunks.push(Buffer.from(bytes));
      return Promise.resolve();
    },
    finish() {
      state = 'finished';
      return Promise.resolve({ files: [] });
    },
    abort(rest) {
      state = 'aborted';
      chunks.push(Buffer.from(rest));
      return Promise.resolve();
    },
  };
}

/** Every kind of prover there is. */
export const provers: Readonly<Record<string, () => Prover>> = {
  'in this thread': inlineProver,
  'in two threads': () => threadedProver({ concurrency: 3, spawn: spawnProvingWorker }),
};

/** Writes an archive with whatever does not matter. */
export function write(
  items: WriteOptions['items'],
  output: ArchiveOutput,
  options: Partial<WriteOptions> = {},
): Promise<WrittenArchive> {
  const { signal } = new AbortController();
  return writeArchive({ items, output, prover: inlineProver(), signal, ...options });
}

export const file = (path: string, content: string | Uint8Array): ArchiveItem => ({
  kind: 'file',
  path,
  content: Buffer.from(content),
});

/** Tars that people have; each unpacks what comes on its standard input. */
export const tars = {
  tar: ['tar'],
  bsdtar: ['bsdtar'],
  busybox: ['busybox', 'tar'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

/** Runs a shell's command line with `file` as its standard input. */
export function feed(input: string, commandLine: string, cwd?: string): Promise<Finished> {
  return run('sh', ['-c', `exec <"$0"; ${commandLine}`, input], cwd === undefined ? {} : { cwd });
}
