import fc from 'fast-check';
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { mustRun } from '../testing/run.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { sha } from '../testing/unverified.ts';
import { formatSums, parsePartName, parseSums, partName, sumsName } from './parts.ts';

const sum = (content: string): string => sha('sha256', Buffer.from(content)).slice('sha256:'.length);

describe('names of parts', () => {
  test('have three digits, and more where that is not enough', () => {
    assert.deepEqual(
      [1, 42, 999, 1000, 12345].map(number => partName('app.tar', number)),
      ['app.tar.001', 'app.tar.042', 'app.tar.999', 'app.tar.1000', 'app.tar.12345'],
    );
  });

  test('are read as they were made', () => {
    for (const number of [1, 42, 999, 1000, 999_999]) {
      assert.deepEqual(parsePartName(partName('a.b.tar', number)), { name: 'a.b.tar', number });
    }
  });

  test('are told from other names', () => {
    const others = [
      'app.tar',
      'app.tar.1',
      'app.tar.01',
      'app.tar.000',
      'app.tar.0001',
      'app.tar.1e3',
      '.001',
      '001',
    ];
    for (const name of others) assert.equal(parsePartName(name), undefined, name);
  });
});

describe('a sums file', () => {
  const odd = ['a b', 'a\\b', 'a\nb', '\\', '*a', ' a', 'ü', 'a\u2028b', 'a  b'];

  test('is one that sha256sum checks, for odd names too', async t => {
    const directory = await temporaryDirectory(t);
    for (const name of odd) await writeFile(join(directory, name), name);
    const lines = odd.map(name => ({ sha256: sum(name), name }));
    await writeFile(join(directory, sumsName('all')), formatSums(lines));
    const said = await mustRun('sha256sum', ['--strict', '-c', 'all.sha256'], { cwd: directory });
    assert.equal(said.match(/: OK$/gm)?.length, odd.length);
  });

  test('is read as sha256sum writes it, in text and binary mode', async t => {
    const directory = await temporaryDirectory(t);
    for (const name of odd) await writeFile(join(directory, name), name);
    for (const mode of ['--text', '--binary']) {
      const text = await mustRun('sha256sum', [mode, '--', ...odd], { cwd: directory });
      assert.deepEqual(
        parseSums(text),
        odd.map(name => ({ sha256: sum(name), name })),
      );
    }
  });

  test('is read as it was made, whatever the names', () => {
    const names = fc.uniqueArray(
      fc.string({ unit: 'binary', minLength: 1 }).filter(name => !name.includes('\0')),
    );
    fc.assert(
      fc.property(names, list => {
        const lines = list.map(name => ({ sha256: sum(name), name }));
        assert.deepEqual(parseSums(formatSums(lines)), lines);
      }),
    );
  });

  test('may have empty lines, line ends of Windows and capital digits', () => {
    const text = `\r\n${sum('x').toUpperCase()}  a\r\n\n${sum('y')} *b`;
    assert.deepEqual(parseSums(text), [
      { sha256: sum('x'), name: 'a' },
      { sha256: sum('y'), name: 'b' },
    ]);
  });

  test('may say the same twice, but not two things of one file', () => {
    assert.equal(parseSums(`${sum('x')}  a\n${sum('x')}  a\n`).length, 1);
    assert.throws(
      () => parseSums(`${sum('x')}  a\n${sum('y')}  a\n`, 'app.sha256'),
      error =>
        isScraperError(error, 'PART_INVALID') &&
        error.message === 'app.sha256, line 2: "a" has another SHA-256 than above' &&
        error.details.path === 'app.sha256',
    );
  });

  for (const line of [
    'hello',
    `${sum('x')} a`,
    `${sum('x')}  `,
    `${sum('x').slice(1)}  a`,
    `g${sum('x').slice(1)}  a`,
    `\\${sum('x')}  a\\b`,
  ]) {
    test(`is refused for the line ${JSON.stringify(line)}`, () => {
      assert.throws(
        () => parseSums(`${sum('x')}  a\n${line}\n`, 'app.sha256'),
        error =>
          isScraperError(error, 'PART_INVALID') &&
          error.message.startsWith('app.sha256, line 2: expected a SHA-256'),
      );
    });
  }
});
