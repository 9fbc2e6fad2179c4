import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure, Warning } from '../errors.ts';
import { renderErrors, warningPrinter, type ProblemContext } from './error.ts';
import { fakeStream } from './fakes.ts';
import { terminalFor } from './terminal.ts';

const { colors } = terminalFor(fakeStream(), {}, false);
const plain: ProblemContext = { colors, verbose: false, width: undefined };

test('an error says what, for which reference, where, and what to do', () => {
  const failure: Failure = {
    code: 'DIGEST_MISMATCH',
    message: 'index → linux/arm64 manifest → layer 3: expected sha256:aa, found sha256:bb',
    reference: 'team/app:1.2',
    digest: 'sha256:aa',
    path: '/var/lib/registry/docker/registry/v2/blobs/sha256/aa/aa/data',
    hint: 'restore the blob from a backup',
  };
  assert.equal(
    renderErrors([failure], plain),
    [
      'error: team/app:1.2: index → linux/arm64 manifest → layer 3: expected sha256:aa, found sha256:bb [DIGEST_MISMATCH]',
      '  path: /var/lib/registry/docker/registry/v2/blobs/sha256/aa/aa/data',
      '  hint: restore the blob from a backup',
      '',
    ].join('\n'),
  );
});

test('what the message says already is not said twice', () => {
  const failure: Failure = {
    code: 'DATA_DIR_UNKNOWN',
    message: 'data dir /srv does not exist',
    path: '/srv',
  };
  assert.equal(renderErrors([failure], plain), 'error: data dir /srv does not exist [DATA_DIR_UNKNOWN]\n');
  const quoted: Failure = {
    code: 'TAG_INVALID',
    message: String.raw`"a:\u001b" is not valid`,
    reference: 'a:\x1b',
  };
  assert.equal(
    renderErrors([quoted], plain),
    String.raw`error: "a:\u001b" is not valid [TAG_INVALID]` + '\n',
  );
});

test('a reference that is only a part of a longer name is said', () => {
  const failure: Failure = { code: 'NAME_UNKNOWN', message: 'no repository team/app', reference: 'app' };
  assert.match(renderErrors([failure], plain), /^error: app: no repository team\/app/);
});

test('errors that differ in the reference only are one', () => {
  const failures: Failure[] = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(name => ({
    code: 'ACCESS_DENIED',
    message: 'cannot read the directory',
    path: '/srv/blobs',
    reference: `${name}:1`,
  }));
  assert.equal(
    renderErrors(failures, plain),
    [
      'error: cannot read the directory [ACCESS_DENIED]',
      '  references: a:1, b:1, c:1, d:1, e:1 and 2 more',
      '  path: /srv/blobs',
      '',
    ].join('\n'),
  );
  assert.match(renderErrors(failures, { ...plain, verbose: true }), /e:1, f:1, g:1$/m);
});

test('a flood of errors is cut short, unless all are wanted', () => {
  const failures: Failure[] = Array.from({ length: 50 }, (_, index) => ({
    code: 'TAG_UNKNOWN',
    message: `repository app has no tag ${String(index)}`,
  }));
  const lines = renderErrors(failures, plain).split('\n');
  assert.equal(lines.length, 22);
  assert.equal(lines[20], '... and 30 more errors; --verbose shows them all');
  assert.equal(renderErrors(failures, { ...plain, verbose: true }).split('\n').length, 51);
});

test('on a terminal long errors are broken between words', () => {
  const failure: Failure = {
    code: 'NAME_UNKNOWN',
    message: 'no repository plaform/web in the registry',
    hint: 'did you mean platform/web or platform/webserver?',
  };
  assert.equal(
    renderErrors([failure], { ...plain, width: 40 }),
    [
      'error: no repository plaform/web in the',
      '  registry [NAME_UNKNOWN]',
      '  hint: did you mean platform/web or',
      '    platform/webserver?',
      '',
    ].join('\n'),
  );
});

test('colour marks the label and the code, and nothing else', () => {
  const shown = renderErrors([{ code: 'IO_ERROR', message: 'cannot read', hint: 'try again' }], {
    ...plain,
    colors: terminalFor(fakeStream(), {}, true).colors,
  });
  assert.equal(
    shown,
    '\x1b[1m\x1b[31merror:\x1b[39m\x1b[22m cannot read \x1b[2m[IO_ERROR]\x1b[22m\n\x1b[2m  hint:\x1b[22m try again\n',
  );
});

test('nothing in an error reaches the terminal raw', () => {
  const evil = 'a\x1b[2J\x9b\nb';
  const text = renderErrors(
    [{ code: 'IO_ERROR', message: evil, reference: evil, path: evil, hint: evil }],
    plain,
  );
  assert.ok(!/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(text));
  assert.ok(
    text
      .split('\n')
      .slice(0, -1)
      .every(line => /^(error:| {2}(path|hint):)/.test(line)),
  );
});

test('warnings of one kind are shown five times and then counted', () => {
  const lines: string[] = [];
  const printer = warningPrinter(more => lines.push(...more), plain);
  const warn = (code: Warning['code'], reference: string): void => {
    printer.print({ code, message: 'odd', reference });
  };
  for (let index = 0; index < 8; index += 1) warn('SCHEMA1', `old:${String(index)}`);
  warn('SPARSE_INDEX', 'app:1');
  printer.end();
  assert.deepEqual(lines.slice(4), [
    'warning: old:4: odd [SCHEMA1]',
    'warning: app:1: odd [SPARSE_INDEX]',
    '... and 3 more warnings SCHEMA1; --verbose shows them all',
  ]);
});

test('warnings that mean the same each time are one line in the end', () => {
  const lines: string[] = [];
  const print = (verbose: boolean, ...references: string[]): readonly string[] => {
    lines.length = 0;
    const printer = warningPrinter(more => lines.push(...more), { ...plain, verbose });
    for (const reference of references)
      printer.print({ code: 'HOST_IGNORED', message: `taken from ${reference.slice(8)}`, reference });
    printer.print({ code: 'SCHEMA1', message: 'odd' });
    printer.end();
    return lines;
  };
  assert.deepEqual(print(false, 'quay.io/a:1'), [
    'warning: odd [SCHEMA1]',
    'warning: quay.io/a:1: taken from a:1 [HOST_IGNORED]',
  ]);
  assert.deepEqual(print(false, 'quay.io/a:1', 'ghcr.io/b:1', 'quay.io/c:1'), [
    'warning: odd [SCHEMA1]',
    'warning: quay.io/a:1: taken from a:1; and 2 more like this, --verbose shows them all [HOST_IGNORED]',
  ]);
  assert.equal(print(true, 'quay.io/a:1', 'ghcr.io/b:1').length, 3);
});

test('a warning that names the beginning of a digest shows the whole of it only on demand', () => {
  const digest = `sha256:${'0123456789ab'.padEnd(64, '0')}`;
  const shown = (verbose: boolean, message: string): readonly string[] => {
    const lines: string[] = [];
    const printer = warningPrinter(more => lines.push(...more), { ...plain, verbose });
    printer.print({ code: 'DIGEST_ALIAS', message, digest });
    printer.end();
    return lines.slice(1);
  };
  assert.deepEqual(shown(false, 'about sha256:0123456789ab'), []);
  assert.deepEqual(shown(true, 'about sha256:0123456789ab'), [`  digest: ${digest}`]);
  assert.deepEqual(shown(false, 'odd'), [`  digest: ${digest}`]);
});

test('--verbose shows every warning', () => {
  const lines: string[] = [];
  const printer = warningPrinter(more => lines.push(...more), { ...plain, verbose: true });
  for (let index = 0; index < 8; index += 1) printer.print({ code: 'SCHEMA1', message: 'odd' });
  printer.end();
  assert.equal(lines.length, 8);
});
