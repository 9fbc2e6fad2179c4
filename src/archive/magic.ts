import { BLOCK, parseHeader } from './tar.ts';

/** How an archive is compressed, by its first bytes; names say nothing. `none` for everything that is not known. */
export function compressionOf(head: Buffer): 'none' | 'gzip' | 'zstd' {
  if (startsWith(head, [0x1f, 0x8b, 8])) return 'gzip';
  // RFC 8878; a file may begin with a frame to be skipped, as those of pzstd do
  if (startsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) return 'zstd';
  return startsWith(head.subarray(1), [0x2a, 0x4d, 0x18]) && ((head[0] ?? 0) & 0xf0) === 0x50
    ? 'zstd'
    : 'none';
}

/** Other things that are handed over in place of a tar. */
export interface Foreign {
  /** With its article. */
  readonly noun: string;
  readonly hint: string;
}

const unpack = (command: string): string => `decompress it first, or pipe it: ${command} FILE | … -`;
const bundle = 'expected is a tar, plain or compressed with gzip or zstd, as --output FILE.tar writes it';

const foreign: readonly (Foreign & { readonly magic: readonly number[] })[] = [
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], noun: 'xz data', hint: unpack('xz -dc') },
  { magic: [0x42, 0x5a, 0x68], noun: 'bzip2 data', hint: unpack('bzip2 -dc') },
  { magic: [0x4c, 0x5a, 0x49, 0x50], noun: 'lzip data', hint: unpack('lzip -dc') },
  { magic: [0x04, 0x22, 0x4d, 0x18], noun: 'lz4 data', hint: unpack('lz4 -dc') },
  { magic: [0x1f, 0x9d], noun: 'data of compress', hint: unpack('uncompress -c') },
  { magic: [0x50, 0x4b, 0x03, 0x04], noun: 'a zip file', hint: bundle },
  { magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], noun: 'a 7z file', hint: bundle },
  { magic: [0x52, 0x61, 0x72, 0x21], noun: 'a rar file', hint: bundle },
  { magic: [0x7b], noun: 'JSON', hint: `${bundle}; a manifest alone holds no blobs` },
];

/** What bytes that are no tar seem to be, if that can be told. */
export function foreignKind(head: Buffer): Foreign | undefined {
  return foreign.find(({ magic }) => startsWith(head, magic));
}

export const otherHint = bundle;

function startsWith(head: Buffer, magic: readonly number[]): boolean {
  return head.length >= magic.length && magic.every((byte, index) => head[index] === byte);
}

/** Whether a file may begin like this that is an archive by itself. */
export function looksLikeArchive(head: Buffer): boolean {
  if (compressionOf(head) !== 'none') return true;
  const header = head.length < BLOCK ? 'zeros' : parseHeader(head.subarray(0, BLOCK));
  return typeof header === 'object' && !('problem' in header);
}
