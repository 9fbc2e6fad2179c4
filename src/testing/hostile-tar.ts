import { longName, paxHeader, plainDirectory, plainFile, rawEntry, tarOf } from './raw-tar.ts';

/** An archive that no reader may unpack. */
export interface HostileTar {
  /** Completes `refuses …`. */
  readonly name: string;
  readonly archive: Buffer;
  /** What the refusal must say. */
  readonly says: RegExp;
}

const field = (...bytes: number[]): Buffer =>
  Buffer.from([...bytes, ...new Array<number>(12 - bytes.length).fill(0)]);
const deep = (depth: number): string => new Array<string>(depth).fill('d').join('/');

/** Everything that archives are made of to do harm, or that different readers read differently. */
export const hostileTars: readonly HostileTar[] = [
  ...pathsRefused(),
  ...typesRefused(),
  ...namesRefused(),
  ...sizesRefused(),
  ...headersRefused(),
];

function pathsRefused(): HostileTar[] {
  const paths: readonly (readonly [string, RegExp])[] = [
    ['/etc/passwd', /absolute path/],
    ['//etc/passwd', /absolute path/],
    ['.//etc/passwd', /absolute path/],
    ['..', /"\.\."/],
    ['../escape', /"\.\."/],
    ['a/../../escape', /"\.\."/],
    ['a/..', /"\.\."/],
    ['./../escape', /"\.\."/],
    ['a/./b', /component "\."/],
    ['././a', /component "\."/],
    ['a//b', /empty component/],
    ['a\\..\\b', /backslash/],
    ['C:\\b', /backslash/],
    ['a\nb', /control character/],
    ['a\x1b[2Jb', /control character/],
    ['a\x7f', /control character/],
    ['a\u0085b', /control character/],
    [deep(257), /256 directories/],
    ['n'.repeat(4097), /more than 4096 bytes/],
  ];
  return paths.flatMap(([path, says]) => {
    const name = JSON.stringify(path.length > 40 ? `${path.slice(0, 40)}…` : path);
    const pax = { name: `${name} in a pax header`, archive: tarOf(paxHeader({ path }), rawEntry({})), says };
    if (path.length > 100) return [pax];
    return [pax, { name: `the path ${name}`, archive: tarOf(rawEntry({ name: path })), says }];
  });
}

function typesRefused(): HostileTar[] {
  const types: readonly (readonly [string, RegExp])[] = [
    ['1', /a hard link/],
    ['2', /a symbolic link/],
    ['3', /a character device/],
    ['4', /a block device/],
    ['6', /a named pipe/],
    ['K', /a link/],
    ['S', /a sparse file/],
    ['V', /a volume label/],
    ['M', /another volume/],
    ['D', /unknown type \("D"\)/],
    ['X', /unknown type \("X"\)/],
    ['\xff', /unknown type/],
  ];
  const sparse = ['GNU.sparse.major', 'GNU.sparse.map', 'SCHILY.realsize'].map(key => ({
    name: `a file that ${key} makes sparse`,
    archive: tarOf(paxHeader({ [key]: '1' }), plainFile('a')),
    says: /a sparse file/,
  }));
  return [
    ...types.map(([type, says]) => ({
      name: `an entry of type ${JSON.stringify(type)}`,
      archive: tarOf(plainFile('a'), rawEntry({ name: 'b', type, linkName: 'a' })),
      says,
    })),
    ...sparse,
    {
      name: 'files that a global header makes sparse',
      archive: tarOf(paxHeader({ 'GNU.sparse.size': '1' }, 'g'), plainFile('a')),
      says: /a sparse file/,
    },
  ];
}

function namesRefused(): HostileTar[] {
  const pairs: readonly (readonly [string, Buffer, Buffer, RegExp])[] = [
    ['the same file twice', plainFile('a/b'), plainFile('a/b'), /another entry had before/],
    ['the same file with and without ./', plainFile('a/b'), rawEntry({ name: './a/b' }), /another entry had/],
    ['the same directory twice', plainDirectory('a'), plainDirectory('a'), /another entry had before/],
    [
      'the root directory twice',
      rawEntry({ name: './', type: '5' }),
      rawEntry({ name: '.', type: '5' }),
      /had before/,
    ],
    ['names that differ in case', plainFile('a/Link'), plainFile('a/link'), /case or composition/],
    [
      'directories that differ in case',
      plainFile('A/a'),
      plainFile('a/b'),
      /directory whose name differs only in case/,
    ],
    ['names that differ in composition', plainFile('\u00e9'), plainFile('e\u0301'), /case or composition/],
    [
      'names that only folding makes the same',
      plainFile('stra\u00dfe'),
      plainFile('STRASSE'),
      /case or composition/,
    ],
    ['a file below a file', plainFile('a'), plainFile('a/b'), /below another entry that is a file/],
    ['a file far below a file', plainFile('a'), plainFile('a/b/c/d'), /below another entry that is a file/],
    [
      'a file where there is a directory',
      plainFile('a/b'),
      plainFile('a'),
      /file where other entries have a directory/,
    ],
    ['a file where a directory was told', plainDirectory('a'), plainFile('a'), /another entry had before/],
    [
      'a directory where there is a file',
      plainFile('a'),
      plainDirectory('a'),
      /directory where another entry is a file/,
    ],
  ];
  return pairs.map(([name, first, second, says]) => ({
    name,
    archive: tarOf(first, plainFile('other/entry'), second),
    says,
  }));
}

function sizesRefused(): HostileTar[] {
  const sizes: readonly (readonly [string, Buffer])[] = [
    ['negative', Buffer.alloc(12, 0xff)],
    ['negative and small', field(0xc0)],
    ['beyond 2^53', field(0x80, 0, 0, 0, 0, 0x20)],
    ['beyond 2^64', field(0x80, 0, 1)],
    ['no number', Buffer.from('many bytes\0\0')],
    ['half a number', Buffer.from('12x45\0\0\0\0\0\0\0')],
    ['a decimal number', Buffer.from('00000000019\0')],
    ['a signed number', Buffer.from('-0000000001\0')],
    ['nothing', Buffer.alloc(12)],
    ['spaces', Buffer.alloc(12, ' ')],
  ];
  const paxSizes: readonly (readonly [string, RegExp])[] = [
    ['8', /two different sizes: 7 in its header, 8 in its pax header/],
    ['-1', /no valid size/],
    ['7.0', /no valid size/],
    ['0x7', /no valid size/],
    ['', /no valid size/],
    ['9007199254740992', /no valid size/],
    ['99999999999999999999', /no valid size/],
  ];
  return [
    ...sizes.map(([name, size]) => ({
      name: `a size that is ${name}`,
      archive: tarOf(plainFile('a'), rawEntry({ name: 'b', size })),
      says: /no valid size/,
    })),
    ...paxSizes.map(([size, says]) => ({
      name: `a pax size ${JSON.stringify(size)} where the header says 7`,
      archive: tarOf(paxHeader({ size }), plainFile('a', 'content')),
      says,
    })),
    {
      name: 'a directory with bytes',
      archive: tarOf(rawEntry({ name: 'a/', type: '5' }, 'content')),
      says: /a directory of 7 bytes/,
    },
  ];
}

function headersRefused(): HostileTar[] {
  const pax = (body: string): Buffer => tarOf(plainFile('a'), paxHeader(Buffer.from(body)), plainFile('b'));
  const records: readonly (readonly [string, string])[] = [
    ['no length', 'path=b\n'],
    ['a length that is too long', '99 path=b\n'],
    ['a length that is too short', '5 path=b\n'],
    ['a length of zero', '0 path=b\n'],
    ['a length with a sign', '+10 path=b\n'],
    ['a length in the millions', '99999999 path=b\n'],
    ['no key', '6 =abc\n'],
    ['no value', '7 path\n'],
    ['no line end', '9 path=bc'],
    ['bytes behind the last record', '10 path=b\n\0\0'],
  ];
  return [
    ...records.map(([name, body]) => ({
      name: `a pax header with ${name}`,
      archive: pax(body),
      says: /pax header has/,
    })),
    {
      name: 'a pax header that says a path twice',
      archive: pax('9 path=b\n9 path=c\n'),
      says: /says path twice/,
    },
    {
      name: 'a pax path that is not UTF-8',
      archive: tarOf(paxHeader(Buffer.from('9 path=\xff\n', 'latin1')), plainFile('b')),
      says: /not UTF-8/,
    },
    {
      name: 'a pax path with NUL',
      archive: tarOf(paxHeader({ path: 'a\0b' }), plainFile('b')),
      says: /control character/,
    },
    {
      name: 'an empty pax path',
      archive: tarOf(paxHeader({ path: '' }), plainFile('b')),
      says: /has no name/,
    },
    {
      name: 'two pax headers',
      archive: tarOf(paxHeader({ path: 'a' }), paxHeader({ path: 'b' }), plainFile('b')),
      says: /two pax headers/,
    },
    {
      name: 'two long names',
      archive: tarOf(longName('a'), longName('b'), plainFile('b')),
      says: /two long names/,
    },
    {
      name: 'a long name and another pax path',
      archive: tarOf(paxHeader({ path: 'a' }), longName('b'), plainFile('c')),
      says: /two different paths/,
    },
    {
      name: 'a long name with NUL in it',
      archive: tarOf(longName('a\0b'), plainFile('b')),
      says: /NUL in its path/,
    },
    {
      name: 'a long name that is not UTF-8',
      archive: tarOf(longName(Buffer.from([0xff])), plainFile('b')),
      says: /not UTF-8/,
    },
    {
      name: 'a long name of 5000 bytes',
      archive: tarOf(longName('n'.repeat(5000)), plainFile('b')),
      says: /at most 4098/,
    },
    {
      name: 'a pax header of more than a MiB',
      archive: tarOf(paxHeader({ comment: 'c'.repeat(1024 * 1024) }), plainFile('b')),
      says: /at most 1048576 were expected/,
    },
    {
      name: 'a pax header that claims to be endless',
      archive: tarOf(rawEntry({ type: 'x', size: 0o77777777777 }), plainFile('b')),
      says: /at most 1048576 were expected/,
    },
    {
      name: 'global headers without end',
      archive: tarOf(...new Array<Buffer>(20).fill(paxHeader({ comment: 'c' }, 'g')), plainFile('b')),
      says: /more than 8 headers/,
    },
    {
      name: 'a name that is not UTF-8',
      archive: tarOf(rawEntry({ name: Buffer.from([0x61, 0xff]) })),
      says: /not UTF-8/,
    },
    { name: 'an entry without a name', archive: tarOf(rawEntry({ name: '' })), says: /has no name/ },
    {
      name: 'a directory without a name',
      archive: tarOf(rawEntry({ name: '', type: '5' })),
      says: /has no name/,
    },
    {
      name: 'a pax header for nothing',
      archive: tarOf(plainFile('a'), paxHeader({ path: 'b' })),
      says: /the archive ends there/,
    },
    {
      name: 'a wrong checksum',
      archive: tarOf(plainFile('a'), rawEntry({ name: 'b', checksum: '000001\0 ' })),
      says: /is damaged/,
    },
    {
      name: 'a checksum that is no number',
      archive: tarOf(plainFile('a'), rawEntry({ name: 'b', checksum: 'abcdefgh' })),
      says: /is damaged/,
    },
    {
      name: 'an unknown magic',
      archive: tarOf(plainFile('a'), rawEntry({ name: 'b', magic: 'fancy\x0000' })),
      says: /unknown kind/,
    },
    {
      name: 'bytes behind the end',
      archive: Buffer.concat([tarOf(plainFile('a')), Buffer.from('more')]),
      says: /other bytes than a few zeros/,
    },
    {
      name: 'an archive behind the end',
      archive: Buffer.concat([tarOf(plainFile('a')), tarOf(plainFile('b'))]),
      says: /other bytes than a few zeros/,
    },
    {
      name: 'an entry behind a single block of zeros',
      archive: Buffer.concat([plainFile('a'), Buffer.alloc(512), tarOf(plainFile('b'))]),
      says: /other bytes than a few zeros/,
    },
  ];
}
