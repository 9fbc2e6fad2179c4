import { isUtf8 } from 'node:buffer';
import type { ByteReader } from './byte-reader.ts';
import { parsePax, type PaxRecords } from './pax.ts';
import { BLOCK, paddingFor, parseHeader, type Header } from './tar.ts';

/** What the headers of one entry say together. */
export interface TarEntry {
  /** Without `./` before and a slash behind it, otherwise as it stands there. Empty for the root directory itself. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly size: number;
  readonly modified: number;
}

/** What speaks against an entry, to complete `entry 3 (path) …`. */
export interface Problem {
  readonly what: string;
  readonly path?: string | undefined;
  /** What to do, where it can be told. */
  readonly hint?: string;
  /** Bytes were changed on the way, as opposed to bytes that somebody chose. */
  readonly damage?: boolean;
  /** The block that was to be a header and is none. */
  readonly block?: Buffer;
}

export type NextEntry =
  | { readonly entry: TarEntry }
  | { readonly problem: Problem }
  /** There are no more bytes than these; `begun` when others of the entry were there. */
  | { readonly cut: Buffer; readonly begun: boolean }
  /** A block of zeros was read. */
  | 'end';

/** Most bytes of a pax header and of a GNU long name (with a slash and NUL), and most headers before an entry's own. */
const MAX_PAX = 1024 * 1024;
const MAX_LONG = 4096 + 2;
const MAX_EXTENSIONS = 8;

/** Keywords that matter here. A file that is said to be sparse has other bytes than it seems. */
const SPARSE = /^(GNU\.sparse\..*|SCHILY\.realsize|SUN\.holesdata)$/;
const KEPT = /^(path|size|mtime)$/;

/** Records of pax headers for all entries that follow; the newest value of each keyword counts. */
export type GlobalRecords = Map<string, string>;

/** What stood before an entry's own header. */
interface Extensions {
  pax?: PaxRecords;
  long?: string;
}

/** Reads the headers of the next entry; its bytes come next then. */
export async function readEntry(reader: ByteReader, globals: GlobalRecords): Promise<NextEntry> {
  const extensions: Extensions = {};
  for (let count = 0; count <= MAX_EXTENSIONS; count++) {
    const block = await reader.take(BLOCK);
    if (block.length < BLOCK) return { cut: block, begun: block.length + count > 0 };
    const header = parseHeader(block);
    if (header === 'zeros') return count === 0 ? 'end' : problem('is announced, but the archive ends there');
    if ('problem' in header)
      return problem(`is not readable: the header ${header.problem}`, { damage: true, block });
    if (!'xgL'.includes(header.type)) return combine(header, extensions, globals);
    const found = await readExtension(reader, header, extensions, globals);
    if (found !== undefined) return found;
  }
  return problem(`has more than ${MAX_EXTENSIONS} headers before its own`);
}

function problem(what: string, more: Omit<Problem, 'what'> = {}): { readonly problem: Problem } {
  return { problem: { what, ...more } };
}

async function readExtension(
  reader: ByteReader,
  { type, size }: Header,
  extensions: Extensions,
  globals: GlobalRecords,
): Promise<NextEntry | undefined> {
  const most = type === 'L' ? MAX_LONG : MAX_PAX;
  const noun = type === 'L' ? 'a long name' : 'a pax header';
  if (size > most) return problem(`has ${noun} of ${size} bytes, at most ${most} were expected`);
  // copied, because reading on overwrites what was read
  const body = Buffer.from(await reader.take(size));
  const padding = paddingFor(size);
  if (body.length < size || (await reader.skip(padding)) < padding) return { cut: body, begun: true };
  if (type === 'L') return takeLong(body, extensions);
  const records = parsePax(body);
  if (typeof records === 'string')
    return problem(`is not readable: the pax header ${records}`, { damage: true });
  if (type === 'g') {
    for (const [key, value] of records) {
      if (KEPT.test(key) || SPARSE.test(key)) globals.set(key, value);
    }
    return undefined;
  }
  if (extensions.pax !== undefined) return problem('has two pax headers');
  extensions.pax = records;
  return undefined;
}

/** Source: GNU tar, "GNU tar format": the name ends with NUL. */
function takeLong(body: Buffer, extensions: Extensions): NextEntry | undefined {
  if (extensions.long !== undefined) return problem('has two long names');
  const end = body.indexOf(0);
  const name = end === -1 ? body : body.subarray(0, end);
  if (end !== -1 && body.subarray(end).some(byte => byte !== 0)) return problem('has a NUL in its path');
  if (!isUtf8(name)) return problem('has a path that is not UTF-8');
  extensions.long = name.toString();
  return undefined;
}

function combine(header: Header, { pax, long }: Extensions, globals: GlobalRecords): NextEntry {
  const record = (key: string): string | undefined => pax?.get(key) ?? globals.get(key);
  const named = record('path');
  const path = named ?? long ?? header.path;
  const wrong = (what: string, hint?: string): NextEntry => problem(what, { path, ...(hint && { hint }) });
  if (path === '') return wrong('has no name');
  if (path === undefined) return wrong('has a path that is not UTF-8');
  if (named !== undefined && long !== undefined && named !== long) {
    return wrong('has two different paths, in its pax header and in its long name');
  }
  if (!'057S'.includes(header.type)) {
    const noun = nouns[header.type] ?? `of an unknown type (${JSON.stringify(header.type)})`;
    return wrong(`is ${noun}, a file or a directory was expected`, cures[header.type]);
  }
  if (header.type === 'S' || [...(pax?.keys() ?? []), ...globals.keys()].some(key => SPARSE.test(key))) {
    return wrong('is a sparse file, a plain one was expected', plain);
  }
  const size = sizeOf(header.size, record('size'));
  if (typeof size === 'string') return wrong(size);
  const kind = header.type === '5' || path.endsWith('/') ? 'directory' : 'file';
  if (kind === 'directory' && size > 0) return wrong(`is a directory of ${size} bytes, none were expected`);
  return { entry: { path: bare(path, kind), kind, size, modified: modifiedOf(header, record('mtime')) } };
}

const nouns: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a named pipe',
  K: 'a link',
  V: 'a volume label',
  M: 'the rest of a file from another volume',
};

/** How to pack a tree that really has such things. */
const cures: Readonly<Record<string, string>> = {
  '1': 'pack it again without hard links: GNU tar needs --hard-dereference for that',
  '2': 'pack it again without symbolic links: tar needs -h (--dereference) for that',
};
const plain = 'pack it again without holes: bsdtar needs --no-read-sparse for that, GNU tar no --sparse';

/** A pax header counts where the header has no room (then it says 0) or says the same. */
function sizeOf(size: number, record: string | undefined): number | string {
  if (record === undefined) return size;
  const said = /^\d{1,16}$/.test(record) ? Number(record) : NaN;
  if (!(said <= Number.MAX_SAFE_INTEGER)) {
    return `has no valid size: expected a number from 0 to 2^53 - 1, found ${JSON.stringify(record.slice(0, 40))}`;
  }
  return size === 0 || size === said
    ? said
    : `has two different sizes: ${size} in its header, ${said} in its pax header`;
}

/** Seconds with a fraction. */
function modifiedOf({ modified }: Header, record: string | undefined): number {
  const seconds = record === undefined ? NaN : Number(record);
  return Number.isFinite(seconds) ? seconds * 1000 : modified;
}

/** Tars name what they were told to pack: `.` gives `./` and `./a`. Directories end with a slash. */
function bare(path: string, kind: TarEntry['kind']): string {
  const end = kind === 'directory' && path.endsWith('/') && path.length > 1 ? -1 : undefined;
  const inner = path.slice(0, end);
  if (inner === '.' && kind === 'directory') return '';
  return inner.startsWith('./') ? inner.slice(2) : inner;
}
