/** Runs the program while the system refuses one of its calls. */
import path from 'node:path';
import { run, type Finished } from '../testing/run.ts';
import { builtScript } from './program.ts';
import { readTrace, traceOptions, type SystemCall } from './system-calls.ts';

/** A system call that fails once. */
export interface Fault {
  readonly call: string;
  readonly errno: string;
  /** The file or directory it is about, absolute; undefined where its name is another one every time. */
  readonly place: string | undefined;
  /** Of the calls of one thread about that place, the so-and-so-many-th. */
  readonly when: number;
}

/** What the system was asked for, and how it ended. */
export interface FaultyRun extends Finished {
  readonly calls: readonly SystemCall[];
  readonly timedOut: boolean;
}

/** Milliseconds after which a run hangs. */
const TIME_LIMIT = 60_000;

/** System calls about files; the interesting ones fail, the others are there to be seen. */
export const fileCalls = [
  ...['openat', 'close', 'read', 'pread64', 'readv', 'preadv', 'write', 'pwrite64', 'writev', 'pwritev'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'mkdir', 'mkdirat', 'unlink', 'unlinkat', 'rmdir'],
  ...['fsync', 'fdatasync', 'ftruncate', 'fallocate', 'utimensat', 'copy_file_range', 'sendfile', 'splice'],
  ...['chmod', 'fchmod', 'fchmodat', 'chown', 'fchown', 'fchownat', 'symlink', 'symlinkat', 'mknodat'],
  ...['stat', 'lstat', 'fstat', 'statx', 'newfstatat', 'access', 'faccessat', 'faccessat2'],
  ...['statfs', 'fstatfs', 'readlink', 'readlinkat', 'getdents64', 'ioctl'],
];

/** Runs the program with or without a fault. The names of its scratch files are the same every time. */
export async function faultyRun(argv: readonly string[], log: string, fault?: Fault): Promise<FaultyRun> {
  const options = [...traceOptions(log, fault ? [fault.call] : fileCalls)];
  if (fault) options.push('-e', `inject=${fault.call}:error=${fault.errno}:when=${String(fault.when)}`);
  if (fault?.place !== undefined) options.push('-P', fault.place);
  const program = ['--require', path.join(import.meta.dirname, 'fixed-names.cjs'), builtScript()];
  const finished = await run('strace', [...options, process.execPath, ...program, ...argv], {
    // one thread for what Node does beside, so that its calls come in the same order every time
    env: { ...process.env, UV_THREADPOOL_SIZE: '1', NODE_OPTIONS: '' },
    timeout: TIME_LIMIT,
  });
  return { ...finished, calls: await readTrace(log), timedOut: finished.signal === 'SIGKILL' };
}

/** Runs the program while no call reads or writes as much as it was asked to. */
export async function shortRun(argv: readonly string[]): Promise<Finished> {
  const program = ['--import', path.join(import.meta.dirname, 'short-calls.mjs'), builtScript()];
  return run(process.execPath, [...program, ...argv], { timeout: TIME_LIMIT });
}
