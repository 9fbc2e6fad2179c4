import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { MANIFEST_PATH } from '../../bundle/manifest.ts';
import { pathFor } from '../../registry/layout.ts';
import { hostileTars } from '../hostile-tar.ts';
import { bombOf } from '../inventory.ts';
import { packed, packedBundle, type PackedBundle, type PackedEntry } from '../packed-bundle.ts';
import { plainFile, rawEntry, tarOf } from '../raw-tar.ts';
import { planShipment } from '../bundle.ts';
import { plainShipment } from '../shipping-place.ts';
import { mustRun } from '../run.ts';
import type { HostileCase, HostilePlace, HostileRun } from './case.ts';
import { oddNames } from './names.ts';
import * as runs from './runs.ts';

/** A bundle with images that the judge of what was written understands. */
const sound = async (): Promise<PackedBundle> => packedBundle(await planShipment(plainShipment()));

const refused = { codes: [1, 2, 3, 4] };

/** All that read archives. */
function readers(name: string, expected: runs.Expected = refused): readonly HostileRun[] {
  // names are listed without a look at what they lead to
  const codes = [0, ...expected.codes];
  const list = { ...runs.lists({ codes }), argv: ['ls', '-d', name], reads: [name] };
  return [runs.applies(name, expected), runs.verifies(expected, name), list];
}

function archiveCase(
  what: string,
  make: (place: HostilePlace) => unknown,
  calls: readonly HostileRun[] = readers('bad.tar'),
): HostileCase {
  return { name: `an archive ${what}`, make, runs: calls };
}

const bytes =
  (content: () => Uint8Array | Promise<Uint8Array>, name = 'bad.tar') =>
  async ({ at }: HostilePlace): Promise<void> =>
    writeFile(at(name), await content());

/** Everything that archives are made of to do harm, in turn as it is and compressed. */
const malformed = hostileTars.map(({ name, archive, says }, number) => {
  const file = ['bad.tar', 'bad.tar.gz', 'bad.tar.zst'][number % 3] ?? '';
  const compress = [(same: Buffer) => same, gzipSync, zstdCompressSync][number % 3] ?? gzipSync;
  const calls = readers(file, { codes: [4] }).slice(0, 2);
  return archiveCase(
    `with ${name}`,
    bytes(() => compress(archive), file),
    calls.map(one => ({ ...one, says })),
  );
});

/** The bundle as the program makes it, with one thing changed by hand. */
type Change = (entries: readonly PackedEntry[]) => readonly PackedEntry[];

const replaced =
  (change: (manifest: string) => string): Change =>
  ([first, ...rest]) => [
    { path: MANIFEST_PATH, content: Buffer.from(change(first?.content?.toString() ?? '')) },
    ...rest,
  ];
const added =
  (path: string, content: string | null): Change =>
  entries => [...entries, { path, content: content === null ? null : Buffer.from(content) }];

const changes: Readonly<Record<string, Change>> = {
  'whose manifest is empty': replaced(() => ''),
  'whose manifest is a million brackets': replaced(() => '['.repeat(1e6)),
  'whose manifest is deep': replaced(text => text.replace('{', `{"x":${'['.repeat(1e5)}${']'.repeat(1e5)},`)),
  'whose manifest has a prototype': replaced(text => `{"__proto__":${text}}`),
  'whose manifest says something twice': replaced(text => text.replace('{', '{"schemaVersion":1,')),
  'whose manifest has sizes beyond 2^53': replaced(text =>
    text.replace(/"size": ?\d+/, '"size":9007199254740993'),
  ),
  'whose manifest has sizes that lie': replaced(text => text.replace(/"size": ?\d+/, '"size":1')),
  'whose manifest has totals beyond all': replaced(text => text.replace(/"bytes": ?\d+/, '"bytes":1e999')),
  'whose manifest names a way out': replaced(text => text.replaceAll('team/app', '../../outside')),
  'whose manifest names an absolute path': replaced(text => text.replaceAll('team/app', '/outside/app')),
  'whose manifest names what clears a terminal': replaced(text =>
    text.replaceAll('team/app', '\\u001b[2J\\u009b\\u202e'),
  ),
  'whose manifest is of another version': replaced(text =>
    text.replace(/"schemaVersion": ?1/, '"schemaVersion":1e999'),
  ),
  'whose manifest has a tool that clears a terminal': replaced(text =>
    text
      .replace(/"schemaVersion": ?1/, '"schemaVersion":2')
      .replace(/"version": ?"[^"]*"/, '"version":"\\u001b[2J\\u009b\\u202e"'),
  ),
  'whose digests are ways out': replaced(text =>
    text.replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:../../../outside'),
  ),
  'that has more than it says': added('docker/registry/v2/extra', 'x'),
  'that has a way out at its end': added('../outside/pwned', 'x'),
  'that has a hidden way out': added('docker/registry/v2/../../../outside/pwned', 'x'),
  'that has a tag more': added(
    pathFor({ kind: 'tagLink', repository: 'team/app', tag: 'evil' }),
    `sha256:${'0'.repeat(64)}`,
  ),
  'that has no manifest and a link to nothing': entries => [
    ...entries.slice(1),
    {
      path: pathFor({ kind: 'tagLink', repository: 'team/app', tag: 'evil' }),
      content: Buffer.from(`sha256:${'0'.repeat(64)}`),
    },
  ],
  'in which everything is in the wrong order': entries => entries.toReversed(),
  'in which the blobs are missing': entries => entries.filter(({ path }) => !path.endsWith('/data')),
  'in which all blobs are damaged': entries =>
    entries.map(entry =>
      entry.path.endsWith('/data') ? { ...entry, content: Buffer.alloc(entry.content?.length ?? 0) } : entry,
    ),
  'in which all links are ways out': entries =>
    entries.map(entry =>
      entry.path.endsWith('/link') ? { ...entry, content: Buffer.from('../../../outside/secret') } : entry,
    ),
};

/** What is only odd may be taken. */
const odd = /is deep$|wrong order$/;
const changed = Object.entries(changes).map(([what, change]) =>
  archiveCase(
    `of ours ${what}`,
    bytes(async () => packed(change((await sound()).entries))),
    odd.test(what) ? readers('bad.tar', { codes: [0, 4] }) : readers('bad.tar'),
  ),
);

/** Names that a tar may hold and a bundle may not, and what is made of them where they are shown. */
const named = Object.entries(oddNames).map(([what, name]) =>
  archiveCase(
    `with ${what} as a name`,
    bytes(() =>
      tarOf(plainFile(`docker/registry/v2/repositories/${name}/_manifests/tags/${name}/current/link`)),
    ),
    readers('bad.tar', { codes: [0, 1, 2, 3, 4] }),
  ),
);

const zeros = (size: number): Buffer => Buffer.alloc(size);

const wrapped: readonly HostileCase[] = [
  archiveCase(
    'that is empty',
    bytes(() => zeros(0)),
  ),
  archiveCase(
    'of zeros',
    bytes(() => zeros(10_240)),
  ),
  archiveCase('of 4 GiB of zeros', async ({ at }) => {
    await writeFile(at('bad.tar'), '');
    await truncate(at('bad.tar'), 4 * 2 ** 30);
  }),
  archiveCase(
    'that ends in its header',
    bytes(() => plainFile('a').subarray(0, 300)),
  ),
  archiveCase(
    'that announces 4 GiB and has none',
    bytes(() => rawEntry({ name: 'a', size: 4 * 2 ** 30 })),
  ),
  archiveCase(
    'that announces a manifest of 8 GiB',
    bytes(() => rawEntry({ name: MANIFEST_PATH, size: 8 * 2 ** 30 - 1 })),
  ),
  archiveCase('whose manifest is 1 GiB of zeros', async ({ at }) => {
    await writeFile(at('bad.tar'), rawEntry({ name: MANIFEST_PATH, size: 2 ** 30 }));
    await truncate(at('bad.tar'), 2 ** 30 + 4096);
  }),
  archiveCase('whose links are 1 GiB each', async ({ at }) => {
    const name = pathFor({ kind: 'tagLink', repository: 'a', tag: '1' });
    await writeFile(at('bad.tar'), rawEntry({ name, size: 2 ** 30 }));
    await truncate(at('bad.tar'), 2 ** 30 + 4096);
  }),
  archiveCase(
    'that unpacks to 1 GiB, by gzip',
    bytes(() => gzipSync(zeros(2 ** 30), { level: 1 }), 'bad.tar.gz'),
    readers('bad.tar.gz'),
  ),
  archiveCase(
    'that unpacks to 20 GiB, by zstd',
    bytes(() => bombOf(plainFile('a'), 20 * 2 ** 30), 'bad.tar.zst'),
    readers('bad.tar.zst'),
  ),
  archiveCase(
    'that is compressed twice',
    bytes(() => gzipSync(gzipSync(tarOf(plainFile('a')))), 'bad.tar.gz'),
    readers('bad.tar.gz'),
  ),
  archiveCase(
    'of another compression',
    bytes(() => brotliCompressSync(tarOf(plainFile('a')))),
  ),
  archiveCase(
    'that is cut in its compression',
    bytes(() => gzipSync(tarOf(plainFile('a'))).subarray(0, 40), 'bad.tar.gz'),
    readers('bad.tar.gz'),
  ),
  archiveCase(
    'with 50,000 files',
    bytes(() => tarOf(...Array.from({ length: 50_000 }, (_, n) => plainFile(`f${String(n)}`, '')))),
  ),
  archiveCase(
    'with 5,000 directories in each other',
    bytes(() => tarOf(...Array.from({ length: 100 }, (_, n) => plainFile(`${'d/'.repeat(n + 100)}f`)))),
  ),
  archiveCase('that is a directory', ({ at }) => mkdir(at('bad.tar'))),
  archiveCase('that is a link to itself', ({ at }) => symlink('bad.tar', at('bad.tar'))),
  archiveCase('that is a link to nowhere', ({ at }) => symlink('/nonexistent/thing', at('bad.tar'))),
  {
    ...archiveCase('that is the device of endless zeros', ({ at }) =>
      mustRun('mknod', [at('bad.tar'), 'c', '1', '5']),
    ),
    root: true,
  },
  {
    ...archiveCase('that is the terminal', ({ at }) => mustRun('mknod', [at('bad.tar'), 'c', '5', '0'])),
    root: true,
  },
  archiveCase(
    'on standard input that is 4 GiB of zeros',
    async ({ at }) => {
      await writeFile(at('zeros'), '');
      await truncate(at('zeros'), 4 * 2 ** 30);
    },
    [{ ...runs.applies('-', refused), reads: ['zeros'], stdin: 'zeros' }],
  ),
];

/** Files beside a sound archive. */
const beside: readonly HostileCase[] = (
  [
    [
      'whose checksums are ways out',
      `${'0'.repeat(64)}  ../outside/secret\n${'0'.repeat(64)}  /etc/passwd\n`,
    ],
    ['whose checksums clear a terminal', `${'0'.repeat(64)}  \x1b[2J\u202e\n`],
    ['whose checksums are binary', Buffer.alloc(70_000, 0xfe)],
    ['whose checksums are many', `${'0'.repeat(64)}  x.tar\n`.repeat(50_000)],
    ['whose checksums are wrong', `${'0'.repeat(64)}  bad.tar\n`],
  ] as const
).map(([what, sums]) =>
  archiveCase(
    what,
    async ({ at }) => {
      await writeFile(at('bad.tar'), packed((await sound()).entries));
      await writeFile(at('bad.tar.sha256'), sums);
    },
    readers('bad.tar', { codes: [0, 1, 2, 3, 4] }),
  ),
);

export const archiveCases: readonly HostileCase[] = [
  ...malformed,
  ...changed,
  ...named,
  ...wrapped,
  ...beside,
];
