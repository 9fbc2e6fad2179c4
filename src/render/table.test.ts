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
