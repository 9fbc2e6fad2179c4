import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growingTable, renderTable, type Column, type Concession } from './table.ts';

interface Row {
  readonly name: string;
  readonly kinds: readonly string[];
  readonly size: string;
}
const rows: readonly Row[] = [
  { name: 'registry/team/application:1', kinds: ['linux/amd64, linux/arm64', '2 platforms'], size: '12 MB' },
  { name: 'web:2', kinds: ['-'], size: '1.2 GB' },
];
const columns: readonly Column<Row>[] = [
  { title: 'NAME', cell: row => row.name },
  { title: 'KINDS', cell: row => row.kinds },
  { title: 'SIZE', align: 'right', cell: row => row.size },
  { title: 'NOTE', cell: () => 'ok' },
];
const concessions: readonly Concession[] = [
  { title: 'KINDS', how: 'shorten' },
  { title: 'NAME', how: 'squeeze', least: 20 },
  { title: 'KINDS', how: 'drop' },
  { title: 'NAME', how: 'squeeze' },
];
const at = (width: number | undefined): readonly string[] =>
  renderTable(columns, rows, { width, indent: 2, concessions });

test('columns are aligned and lines have no trailing space', () => {
  assert.deepEqual(at(undefined), [
    '  NAME                         KINDS                       SIZE  NOTE',
    '  registry/team/application:1  linux/amd64, linux/arm64   12 MB  ok',
    '  web:2                        -                         1.2 GB  ok',
  ]);
});

test('a width that suffices changes nothing', () => {
  assert.deepEqual(at(69), at(undefined));
});

test('cells are shortened first', () => {
  assert.deepEqual(at(68), [
    '  NAME                         KINDS          SIZE  NOTE',
    '  registry/team/application:1  2 platforms   12 MB  ok',
    '  web:2                        -            1.2 GB  ok',
  ]);
});

test('then text is cut out of the middle, as little as needed', () => {
  assert.deepEqual(at(50)[1], '  registry/t…lication:1  2 platforms   12 MB  ok');
});

test('a dropped column gives its room back to what was squeezed', () => {
  assert.deepEqual(at(48), [
    '  NAME                           SIZE  NOTE',
    '  registry/team/application:1   12 MB  ok',
    '  web:2                        1.2 GB  ok',
  ]);
});

test('no line is ever wider than asked for, down to what cannot give way', () => {
  for (let width = 120; width >= 30; width -= 1) {
    for (const line of at(width)) assert.ok(line.length <= width, `${String(width)}: ${line}`);
  }
});

test('styles see the row and do not disturb the alignment', () => {
  const styled = columns.map(column => ({
    ...column,
    style: (text: string, row: Row) => `<${row.size}>${text}</>`,
  }));
  const lines = renderTable(styled, rows, {
    width: undefined,
    indent: 0,
    concessions,
    styleTitle: text => `*${text}`,
  });
  assert.deepEqual(
    lines.slice(1).map(line => line.replaceAll(/<[^>]*>/g, '').trimEnd()),
    at(undefined)
      .slice(1)
      .map(line => line.slice(2)),
  );
  assert.match(lines[0] ?? '', /^\*NAME /);
});

test('a table that comes in batches keeps its columns, under one title', () => {
  const lines = growingTable(columns, { width: undefined, indent: 0, concessions });
  const [long, short] = rows;
  assert.ok(long && short);
  assert.deepEqual(lines([long]), [
    'NAME                         KINDS                      SIZE  NOTE',
    'registry/team/application:1  linux/amd64, linux/arm64  12 MB  ok',
  ]);
  assert.deepEqual(lines([short]), ['web:2                        -                         1.2 GB  ok']);
  assert.deepEqual(lines([]), []);
});

test('what gave way in one batch stays so, and a column that is dropped later brings the title again', () => {
  const lines = growingTable(columns, { width: 40, indent: 0, concessions });
  const [long, short] = rows;
  assert.ok(long && short);
  assert.deepEqual(lines([short]), ['NAME   KINDS    SIZE  NOTE', 'web:2  -      1.2 GB  ok']);
  const second = lines([long]);
  assert.equal(second.length, 2);
  assert.match(second[0] ?? '', /^NAME +SIZE {2}NOTE$/);
  for (const line of [...second, ...lines([short])])
    assert.ok(line.length <= 40 && !line.includes(' - '), line);
});

test('what other columns gave up is given back to those that were shortened', () => {
  const tall: readonly Column<Row>[] = [
    { title: 'KINDS', cell: () => ['a media type in full', 'media type', 'type'] },
    { title: 'NOTE', cell: () => [`pushed with the tag ${'x'.repeat(64)}`, 'pushed'] },
  ];
  const shortened: readonly Concession[] = [
    { title: 'KINDS', how: 'shorten' },
    { title: 'NOTE', how: 'shorten' },
  ];
  const fitted = (width: number): string | undefined =>
    renderTable(tall, rows.slice(0, 1), { width, indent: 0, concessions: shortened })[1];
  assert.equal(fitted(30), 'a media type in full  pushed');
  assert.equal(fitted(27), 'media type  pushed');
  assert.equal(fitted(12), 'type   pushed');
  const growing = growingTable(tall, { width: 27, indent: 0, concessions: shortened });
  growing(rows.slice(0, 1));
  assert.deepEqual(growing(rows.slice(0, 1)), ['media type  pushed']);
});

test('a column may be shortened in two steps, of which the second is the last resort', () => {
  const stepped: readonly Concession[] = [
    { title: 'NOTE', how: 'shorten', most: 1 },
    { title: 'NAME', how: 'squeeze' },
    { title: 'NOTE', how: 'shorten' },
  ];
  const noted: readonly Column<Row>[] = [
    { title: 'NAME', cell: row => row.name },
    { title: 'NOTE', cell: () => ['shown further up', 'shown above', 'above'] },
  ];
  const fitted = (width: number): string | undefined =>
    renderTable(noted, rows.slice(0, 1), { width, indent: 0, concessions: stepped })[1];
  assert.equal(fitted(40), 'registry/team/application:1  shown above');
  assert.equal(fitted(25), 'regis…tion:1  shown above');
  assert.equal(fitted(24), 'registry…cation:1  above');
});

test('a row may have a line of its own below it', () => {
  const below = ({ size }: Row): string | undefined => (size === '12 MB' ? '  sha256:abc' : undefined);
  const options = { width: undefined, indent: 2, concessions, below };
  assert.deepEqual(renderTable(columns, rows, options).slice(1, 4), [
    '  registry/team/application:1  linux/amd64, linux/arm64   12 MB  ok',
    '    sha256:abc',
    '  web:2                        -                         1.2 GB  ok',
  ]);
});
