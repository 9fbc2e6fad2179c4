/** What `strace` saw: shared by the tests that watch system calls and by those that let them fail. */
import { readFile } from 'node:fs/promises';

/** A system call as `strace -f -y` shows it, in the order in which calls ended. */
export interface SystemCall {
  /** Number of the thread. */
  readonly thread: string;
  readonly name: string;
  /** Absolute paths that it was about: those given by name, and those behind its file descriptors. */
  readonly paths: readonly string[];
  /** Everything between its parentheses. */
  readonly args: string;
  /** `ENOSPC`; undefined when it did not fail. */
  readonly errno: string | undefined;
  /** It failed because strace was told so. */
  readonly injected: boolean;
}

/**
 * Options that make a log which {@link readTrace} understands, and let the program run nearly as fast as without.
 * @param calls names of the system calls to see; those that this machine has not are left out
 */
export function traceOptions(log: string, calls: readonly string[]): readonly string[] {
  const filter = `trace=${calls.map(name => `?${name}`).join(',')}`;
  return ['-f', '--seccomp-bpf', '-qq', '-y', '-s', '0', '-o', log, '-e', filter, '-e', 'signal=none'];
}

export async function readTrace(log: string): Promise<readonly SystemCall[]> {
  return parseTrace(await readFile(log, 'utf8'));
}

export function parseTrace(text: string): readonly SystemCall[] {
  /** What is known of a call that another thread's call interrupted in the log. */
  const begun = new Map<string, string>();
  return text.split('\n').flatMap(line => {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const unfinished = rest.indexOf(' <unfinished ...>');
    if (unfinished !== -1) {
      begun.set(thread, rest.slice(0, unfinished));
      return [];
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const whole = resumed ? (begun.get(thread) ?? '') + (resumed[1] ?? '') : rest;
    const found = /^(\w+)\((.*)\) += (.*)$/.exec(whole);
    if (!found) return [];
    const [, name = '', args = '', result = ''] = found;
    return [{ thread, name, args, paths: pathsIn(args), ...resultOf(result) }];
  });
}

function resultOf(result: string): Pick<SystemCall, 'errno' | 'injected'> {
  return { errno: /^-1 (E[A-Z0-9]+)/.exec(result)?.[1], injected: result.endsWith('(INJECTED)') };
}

function pathsIn(args: string): readonly string[] {
  const found = args.replaceAll(/AT_FDCWD<[^>]*>/g, '').matchAll(/\d<(\/[^>]*)>|"(\/[^"]*)"/g);
  return [...found].map(([, behind, named]) => behind ?? named ?? '');
}
