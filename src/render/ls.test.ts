import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListEntry } from '../look/entry.ts';
import type { Summary } from '../look/summary.ts';
import { parseDigest } from '../oci/digest.ts';
import { fakeStream } from './fakes.ts';
import {
  longPrinter,
  namePrinter,
  renderListTotals,
  tidyPrinter,
  type ListContext,
  type ListPrinter,
} from './ls.ts';
import { sampleDigest } from './samples.ts';
import { terminalFor } from './terminal.ts';

const { colors } = terminalFor(fakeStream(), {}, false);
const digest = parseDigest(sampleDigest(123_456_789));
const image: Summary = {
  kind: 'image',
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  platforms: ['linux/amd64'],
  size: 120_000_000,
  created: Date.parse('2026-01-02T03:04:05Z'),
  missingManifests: 0,
};
const entry = (name: string, more: Partial<ListEntry> = {}): ListEntry => {
  const [repository = '', tag = null] = name.split(':');
  return { repository, tag, exact: false, ...more };
};
const context: ListContext = { colors, width: undefined, digests: false, untagged: false, pushed: false };

function printed(printer: ListPrinter, ...entries: ListEntry[]): readonly string[] {
  const text = entries.map(one => printer.entry(one)).join('') + printer.end();
  assert.ok(text === '' || text.endsWith('\n'));
  return text.split('\n').slice(0, -1);
}

const long = (changes: Partial<ListContext>, ...entries: ListEntry[]): readonly string[] =>
  printed(
    longPrinter({ ...context, ...changes }, () => 0),
    ...entries,
  );

test('names are references, one a line; with digests they are pinned', () => {
  const entries = [entry('team/app:1', { digest }), entry('team/app', { digest }), entry('web:ghost')];
  assert.deepEqual(printed(namePrinter({ digests: false }), ...entries), [
    'team/app:1',
    `team/app@${digest}`,
    'web:ghost',
  ]);
  assert.deepEqual(printed(namePrinter({ digests: true }), ...entries), [
    `team/app:1@${digest}`,
    `team/app@${digest}`,
    'web:ghost',
  ]);
});

test('a line of names is there at once', () => {
  assert.equal(namePrinter({ digests: false }).entry(entry('app:1')), 'app:1\n');
});

test('on a terminal tags stand beside their repository, in as many lines as they need', () => {
  const tags = Array.from({ length: 12 }, (_, index) => entry(`team/app:1.${index}`));
  const lines = printed(tidyPrinter({ colors, width: 60 }), entry('app:latest'), ...tags, entry('web:2'));
  assert.deepEqual(lines, [
    'app                         latest',
    'team/app                    1.0  1.1  1.2  1.3  1.4  1.5',
    '                            1.6  1.7  1.8  1.9  1.10  1.11',
    'web                         2',
  ]);
});

test('a long name has its tags below it, and so have all on a narrow terminal', () => {
  const name = 'registry/mirror/of/something:1';
  assert.deepEqual(printed(tidyPrinter({ colors, width: 80 }), entry(name)), [
    'registry/mirror/of/something',
    '                            1',
  ]);
  assert.deepEqual(printed(tidyPrinter({ colors, width: 30 }), entry('app:1')), ['app', '    1']);
});

test('nothing is printed of nothing', () => {
  for (const printer of [
    tidyPrinter({ colors, width: 80 }),
    longPrinter(context, () => 0),
    namePrinter(context),
  ])
    assert.deepEqual(printed(printer), []);
});

test('a long listing has a column for everything', () => {
  const index = { ...image, kind: 'index', platforms: ['linux/amd64', 'linux/arm64/v8'] } as const;
  assert.deepEqual(
    long({}, entry('team/app:1', { digest, summary: image }), entry('web:2', { digest, summary: index })),
    [
      'IMAGE       DIGEST               KIND   PLATFORMS                      SIZE  CREATED',
      'team/app:1  sha256:987654321000  image  linux/amd64                  120 MB  2026-01-02 03:04',
      'web:2       sha256:987654321000  index  linux/amd64, linux/arm64/v8  120 MB  2026-01-02 03:04',
    ],
  );
});

test('what is damaged or missing is shown as that', () => {
  const failure = (code: 'DIGEST_MISMATCH' | 'TAG_UNKNOWN' | 'ACCESS_DENIED' | 'BLOB_UNKNOWN') => ({
    error: { code, message: '' },
  });
  const lines = long(
    {},
    entry('a:1', { digest, ...failure('DIGEST_MISMATCH') }),
    entry('b:1', failure('TAG_UNKNOWN')),
    entry('c:1', failure('ACCESS_DENIED')),
    entry('d:1', { digest, summary: image, ...failure('BLOB_UNKNOWN') }),
    entry('e:1', { digest, summary: image, ...failure('DIGEST_MISMATCH') }),
  );
  const kinds = lines.slice(1).map(line => line.split(/ {2,}/)[2]);
  assert.deepEqual(kinds, ['damaged', 'missing', 'unreadable', 'incomplete image', 'damaged image']);
});

test('artifacts are called what people call them', () => {
  const types: [artifactType: string, shown: string][] = [
    ['application/vnd.cncf.helm.config.v1+json', 'helm chart'],
    ['application/vnd.dev.cosign.simplesigning.v1+json', 'signature'],
    ['application/spdx+json', 'SBOM'],
    ['application/vnd.in-toto+json', 'attestation'],
    ['application/vnd.buildkit.cacheconfig.v0', 'build cache'],
    ['application/vnd.example.thing', 'artifact'],
  ];
  for (const [artifactType, shown] of types) {
    const [, line = ''] = long(
      {},
      entry('a:1', { digest, summary: { ...image, kind: 'artifact', artifactType } }),
    );
    assert.ok(line.includes(` ${shown} `), line);
  }
});

test('a narrow terminal loses columns and never wraps', () => {
  const entries = [
    entry('registry/team/application:1.2.3-alpine', {
      digest,
      summary: { ...image, platforms: ['linux/amd64', 'linux/arm64'] },
    }),
  ];
  for (let width = 20; width < 160; width += 1)
    for (const line of long({ width }, ...entries)) assert.ok(line.length <= width, `${width}: ${line}`);
  const titles = (width: number): string => long({ width }, ...entries)[0]?.replace(/ +/g, ' ') ?? '';
  assert.equal(titles(120), 'IMAGE DIGEST KIND PLATFORMS SIZE CREATED');
  assert.equal(titles(80), 'IMAGE DIGEST KIND SIZE CREATED');
  assert.equal(titles(60), 'IMAGE SIZE CREATED');
  assert.equal(titles(30), 'IMAGE SIZE');
});

test('whole digests are shown where asked for, below the rest where there is no room beside it', () => {
  const [, wide = ''] = long({ digests: true, width: 160 }, entry('a:1', { digest, summary: image }));
  assert.ok(wide.includes(digest));
  const entries = [entry('a:1', { digest, summary: image }), entry('b:1')];
  assert.deepEqual(long({ digests: true, width: 80 }, ...entries), [
    'IMAGE  KIND   PLATFORMS      SIZE  CREATED',
    'a:1    image  linux/amd64  120 MB  2026-01-02 03:04',
    `  ${digest}`,
    'b:1    -      -                 -  -',
  ]);
});

test('the digest of a revision without a tag outlasts what it is part of, of which the beginning is enough', () => {
  const partOf = [`sha256-${'4'.repeat(64)}`];
  const revision = entry('shop/api', { digest, summary: image, partOf });
  assert.deepEqual(long({ untagged: true, width: 80 }, revision), [
    'REPOSITORY  DIGEST        KIND   PLATFORMS      SIZE  CREATED     PART OF',
    'shop/api    987654321000  image  linux/amd64  120 MB  2026-01-02  sha256…444444…',
  ]);
  for (const width of [40, 60, 80, 100]) {
    const [title = '', line = ''] = long({ untagged: true, width }, revision);
    assert.ok(line.includes('987654321000') && line.length <= width, line);
    assert.match(title, /PART OF$/);
  }
});

test('of digest tags the beginning is shown where they do not fit', () => {
  const tag = `sha256-${'4'.repeat(64)}.sig`;
  const signature = entry(`shop/api:${tag}`, { digest, summary: image });
  assert.deepEqual(printed(tidyPrinter({ colors, width: 80 }), signature), [
    `shop/api                    sha256-444444444444….sig`,
  ]);
  assert.ok(printed(tidyPrinter({ colors, width: 120 }), signature)[0]?.endsWith(tag));
  assert.ok(printed(namePrinter({ digests: false }), signature)[0]?.endsWith(tag));
  assert.match(long({ width: 80 }, signature)[1] ?? '', /^shop\/api:sha256-444444444444….sig  987654321000 /);
});

test('untagged revisions tell what they are part of', () => {
  const lines = long(
    { untagged: true },
    entry('app', { digest, summary: image, partOf: ['1.2', 'latest'] }),
    entry('app', { digest, summary: { ...image, subject: digest }, partOf: [] }),
    entry('app', { digest, summary: image, partOf: [] }),
  );
  assert.deepEqual(
    lines.map(line => line.split(/ {2,}/).at(-1)),
    ['PART OF', '1.2, latest', 'about sha256:987654321000', '-'],
  );
  assert.ok(lines[0]?.startsWith('REPOSITORY  DIGEST'));
});

test('the date is when a tag was pushed where the order says so', () => {
  const pushed = Date.parse('2026-05-06T07:08:09Z');
  const [title = '', line = ''] = long({ pushed: true }, entry('a:1', { digest, summary: image, pushed }));
  assert.ok(title.endsWith('PUSHED') && line.endsWith('2026-05-06 07:08'));
});

test('rows are shown in batches, or when they have waited long enough, under one title', () => {
  let now = 0;
  const printer = longPrinter(context, () => now);
  assert.equal(printer.entry(entry('a:1', { summary: image })), '');
  now = 1000;
  assert.equal(printer.entry(entry('b:1', { summary: image })).split('\n').length, 4);
  const texts = Array.from({ length: 450 }, (_, index) =>
    printer.entry(entry(`c:${index}`, { summary: image })),
  );
  assert.equal(texts.filter(text => text !== '').length, 2);
  assert.equal(printer.end().split('\n').length, 51);
  assert.ok(!texts.join('').includes('IMAGE'));
});

test('nothing that could act on a terminal gets out', () => {
  const evil = {
    ...image,
    platforms: ['linux/\x1b[2Jamd64'],
    artifactType: '\x1b]0;x\x07',
    kind: 'artifact',
  } as const;
  const lines = [
    ...long({}, entry('a:1', { digest, summary: evil })),
    ...printed(tidyPrinter({ colors, width: 80 }), entry('a\x1b:1\x1b')),
    ...printed(namePrinter({ digests: false }), entry('a\x1b:1')),
  ];
  for (const line of lines) assert.match(line, /^[ -~]*$/);
});

test('the end counts what there was and what was left out', () => {
  const end = (changes: object, width?: number): string =>
    renderListTotals(
      { repositories: 2, images: 1, damaged: 0, hiddenTags: 0, ...changes },
      { untagged: false, colors, width },
    );
  assert.equal(end({}), '2 repositories, 1 tag\n');
  assert.equal(
    end({ images: 20_000, damaged: 1, hiddenTags: 2 }),
    '2 repositories, 20,000 tags, 1 of them is damaged, 2 digest tags not shown (--all shows them)\n',
  );
  for (const line of end({ hiddenTags: 2 }, 40).split('\n')) assert.ok(line.length <= 40);
});
