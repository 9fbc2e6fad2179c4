/** What `strace -f -y` writes, read back: the system calls that name files, with the places that they are about. */
import path from 'node:path';

/** One system call that names a file. */
export interface FileCall {
  /** `openat`, `statx` … */
  readonly name: string;
  /** Absolute, as the program gave it: symbolic links on the way are not resolved. */
  readonly place: string;
  /** Where the file really is that was opened. */
  readonly opened?: string;
  /** Whether it would make, change or remove something. */
  readonly writes: boolean;
  /** Whether a symbolic link at the place itself is followed. */
  readonly follows: boolean;
  /** The line, for messages. */
  readonly text: string;
}

const readers = new Set([
  ...['access', 'chdir', 'execve', 'faccessat', 'faccessat2', 'getxattr', 'lgetxattr', 'listxattr'],
  ...['llistxattr', 'lstat', 'newfstatat', 'open', 'openat', 'openat2', 'readlink', 'readlinkat', 'stat'],
  ...['statfs', 'statx'],
]);
/** Their links are looked at, not what these lead to; so do all that write. */
const notFollowing = new Set(['lstat', 'readlink', 'readlinkat', 'lgetxattr', 'llistxattr']);
/** Texts behind the path are something else. */
const onePath = new Set(['execve', 'readlink', 'readlinkat', 'getxattr', 'lgetxattr']);
const network = /^(socket|connect|bind|listen|accept4?)$/;

export interface Trace {
  readonly files: readonly FileCall[];
  /** Calls that reach for the network. */
  readonly network: readonly string[];
}

/** @param cwd directory that the program was started in */
export function parseTrace(trace: string, cwd: string): Trace {
  const files: FileCall[] = [];
  const others: string[] = [];
  for (const line of wholeLines(trace)) {
    const [, name = '', rest = ''] = /^(\w+)\((.*)$/s.exec(line) ?? [];
    if (network.test(name)) others.push(line);
    else if (name !== '' && name !== 'getcwd') files.push(...callsOf(name, rest, cwd, line));
  }
  return { files, network: others };
}

/** Calls that another thread interrupted stand in two lines. */
function* wholeLines(trace: string): Generator<string> {
  const begun = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/s.exec(line) ?? [];
    if (text.endsWith(' <unfinished ...>')) begun.set(thread, text.slice(0, -' <unfinished ...>'.length));
    else if (text.startsWith('<... ')) {
      yield (begun.get(thread) ?? '') + text.replace(/^<\.\.\. \w+ resumed>/, '');
      begun.delete(thread);
    } else if (!/^(\+\+\+|---)/.test(text)) yield text;
  }
  yield* begun.values();
}

function callsOf(name: string, rest: string, cwd: string, text: string): FileCall[] {
  const end = rest.lastIndexOf(') = ');
  const given = end === -1 ? rest : rest.slice(0, end);
  const [, opened] = /^ = \d+<(.*)>$/.exec(end === -1 ? '' : rest.slice(end + 1)) ?? [];
  const writes =
    !readers.has(name) || (name.startsWith('open') && /\bO_(WRONLY|RDWR|CREAT|TRUNC)\b/.test(given));
  const follows =
    readers.has(name) && !notFollowing.has(name) && !/O_NOFOLLOW|AT_SYMLINK_NOFOLLOW/.test(given);
  const paths = [...given.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)];
  const named = onePath.has(name) ? paths.slice(0, 1) : paths;
  // the text of a symbolic link is no place
  return (name.startsWith('symlink') ? named.slice(1) : named).flatMap(([, directory, quoted = '']) =>
    // what is open already was judged when it was opened
    quoted === ''
      ? []
      : [
          {
            ...{ name, writes, follows, text },
            place: path.resolve(unquoted(directory ?? cwd), unquoted(quoted)),
            ...(opened !== undefined && { opened: unquoted(opened) }),
          },
        ],
  );
}

const named: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, v: 11, f: 12 };

/** As C writes texts: octal for whatever is not ASCII. */
function unquoted(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes: Buffer[] = [];
  for (const [part, octal, letter] of text.matchAll(/\\([0-7]{1,3})|\\(.)|[^\\]+/gs)) {
    if (octal !== undefined) bytes.push(Buffer.from([Number.parseInt(octal, 8)]));
    else if (letter !== undefined) bytes.push(Buffer.from([named[letter] ?? letter.charCodeAt(0)]));
    else bytes.push(Buffer.from(part));
  }
  return Buffer.concat(bytes).toString();
}
