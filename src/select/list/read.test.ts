import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { isScraperError, type ErrorCode } from '../../errors.ts';
import { failureOf, listsInMemory, readList } from '../../testing/lists.ts';
import { composeSample, helmSample, kubectlSample } from '../../testing/sample-lists.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { listLimits } from './limits.ts';
import { readAtMost, readLists, type ReadList } from './read.ts';

const fromDisk: ReadList = (file, most) => readAtMost(createReadStream(file), most);

const failingWith =
  (code: string): ReadList =>
  () =>
    Promise.reject(Object.assign(new Error(`${code}: what the system says`), { code }));

test('lists are joined in their order, each entry once, where it stands first', async () => {
  const read = listsInMemory({
    'a.txt': 'x:1\ny:1\n',
    '-': 'services: { s: { image: "y:1" }, t: { image: "z:1" } }',
  });
  const { entries, warnings } = await readLists(['a.txt', '-', 'a.txt'], read);
  assert.deepEqual(entries, [
    { text: 'x:1', origin: { file: 'a.txt', line: 1 } },
    { text: 'y:1', origin: { file: 'a.txt', line: 2 } },
    { text: 'z:1', origin: { file: '-', line: 1 } },
  ]);
  assert.deepEqual(warnings, []);
});

test('no list at all is nothing, and no failure', async () => {
  assert.deepEqual(await readLists([], listsInMemory({})), { entries: [], warnings: [] });
});

test('the samples together name more than thirty images', async () => {
  const samples = { compose: composeSample, helm: helmSample, kubectl: kubectlSample };
  const texts = Object.fromEntries(Object.entries(samples).map(([name, { text }]) => [name, text]));
  const { entries } = await readLists(Object.keys(samples), listsInMemory(texts));
  const images = new Set(Object.values(samples).flatMap(sample => sample.images));
  assert.deepEqual(new Set(entries.map(entry => entry.text)), images);
  assert.ok(images.size > 30);
});

test('standard input can be one list only', async () => {
  const failure = await failureOf(readLists(['-', 'a', '-'], listsInMemory({ '-': 'a:1', a: 'b:1' })));
  assert.equal(failure.code, 'USAGE');
  assert.match(failure.message, /--from - is given more than once/);
});

test('a list that is not there or is a directory is a mistake in the call', async t => {
  const directory = await temporaryDirectory(t);
  const missing = path.join(directory, 'missing.txt');
  assert.deepEqual(await failureOf(readLists([missing], fromDisk)), {
    code: 'LIST_INVALID',
    message: `cannot read the list ${missing}: it does not exist`,
    path: missing,
    hint: 'look at the file name after --from',
    exit: 2,
  });
  await mkdir(path.join(directory, 'lists'));
  const failure = await failureOf(readLists([path.join(directory, 'lists')], fromDisk));
  assert.match(failure.message, /it is a directory, a file was expected$/);
  assert.equal(failure.exit, 2);
});

const systemErrors: readonly (readonly [errno: string, code: ErrorCode, exit: number])[] = [
  ['EACCES', 'ACCESS_DENIED', 1],
  ['EPERM', 'ACCESS_DENIED', 1],
  ['EIO', 'IO_ERROR', 1],
  ['ENOTDIR', 'LIST_INVALID', 2],
  ['ENXIO', 'LIST_INVALID', 2],
];

for (const [errno, code, exit] of systemErrors) {
  test(`${errno} when reading a list is ${code}`, async () => {
    const failure = await failureOf(readLists(['list.txt'], failingWith(errno)));
    assert.equal(failure.code, code);
    assert.equal(failure.exit, exit);
    assert.match(failure.message, /^cannot read the list list\.txt: /);
  });
}

test('a file of 100 MB is refused after its beginning', { timeout: 20_000 }, async () => {
  const megabyte = Buffer.alloc(2 ** 20, 'a\n');
  let fetched = 0;
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        fetched += 1;
        yield await Promise.resolve(megabyte);
      }
    } finally {
      closed = true;
    }
  }
  const failure = await failureOf(readLists(['big.txt'], (_, most) => readAtMost(endless(), most)));
  assert.equal(failure.code, 'LIST_INVALID');
  assert.equal(failure.message, 'big.txt: it is longer than 16 MiB, no list is');
  assert.equal(fetched, 17);
  assert.ok(closed);
});

test('the beginning of a stream is cut exactly', async t => {
  const file = path.join(await temporaryDirectory(t), 'file');
  await writeFile(file, '0123456789');
  const read = async (most: number): Promise<string> => Buffer.from(await fromDisk(file, most)).toString();
  assert.deepEqual([await read(4), await read(10), await read(11)], ['0123', '0123456789', '0123456789']);
});

const useless: Readonly<Record<string, readonly [content: string | Uint8Array, message: RegExp]>> = {
  'an empty file': ['', /^list: it is empty$/],
  'a file of blank lines and comments': ['\uFEFF\n # x\r\n\t\n', /^list: nothing stands in it$/],
  'a file of empty documents': ['---\n---\n# x\n...\n', /^list: nothing stands in it$/],
  'an empty object': ['{}', /^list: no image is named in it$/],
  'an empty JSON list': ['[]', /^list: no image is named in it$/],
  'values of a chart': ['replicas: 1\nservice: { port: 80 }\n', /^list: no image is named in it$/],
  'values of a chart that name an image in parts': [
    'image: { repository: team/app, tag: "1" }\n',
    /^list: no image is named in it; list:1: "image" is put together by something/,
  ],
  'an archive': [Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0x01]), /^list: it is binary, byte 3 is a NUL/],
  'Latin 1': [Buffer.from('a:1\nb:1 # \xe4\n', 'latin1'), /^list:2: this line is no UTF-8/],
  'half of UTF-16': [Buffer.from([0xff, 0xfe, 0x61, 0x00, 0x00]), /^list: it begins like UTF-16/],
};

for (const [what, [content, message]] of Object.entries(useless)) {
  test(`${what} is an error, never an empty success`, async () => {
    await assert.rejects(readList(content), { code: 'LIST_INVALID', message });
  });
}

test('whatever is wrong with a list, it is said what to do', async () => {
  const bomb = 'a: &a [1, 2]\nb: [*a, *a]\n';
  for (const [content, hint] of [
    ['', /the right file/],
    ['a\0', /the right file/],
    [Buffer.from('b:1 # \xe4\n', 'latin1'), /save it as UTF-8/],
    ['a:1\nnot a reference\n', /on a line of its own/],
    ['services:\n\ta: 1\n', /indented by blanks/],
    ['{"services": {', /written to its end/],
    ['services: { a: { image: [x:1] } }', /image: NAME:TAG/],
    ['a: *b\n', /a list is references/],
    [bomb, /no list of images needs so many/],
  ] as const) {
    const failure = await failureOf(
      readList(content, { ...listLimits, ...(content === bomb && { values: 8 }) }),
    );
    assert.equal(failure.code, 'LIST_INVALID');
    assert.match(failure.hint ?? '', hint, failure.message);
  }
});

test('nothing on standard input makes one look at the command before', async () => {
  const failure = await failureOf(readLists(['-'], listsInMemory({ '-': '' })));
  assert.deepEqual(failure, {
    code: 'LIST_INVALID',
    message: 'standard input: it is empty',
    hint: 'did the command before the pipe fail?',
    exit: 2,
  });
});

test('manifests without an image are noted beside others, and an error alone', async () => {
  const service = 'apiVersion: v1\nkind: Service\nmetadata: { name: x }\n';
  const read = listsInMemory({ 'service.yaml': service, 'a.txt': 'a:1' });
  const { entries, warnings } = await readLists(['service.yaml', 'a.txt'], read);
  assert.equal(entries.length, 1);
  assert.deepEqual(warnings, [
    { code: 'LIST_SKIPPED', message: 'service.yaml: no image is named in it', path: 'service.yaml' },
  ]);
  const failure = await failureOf(readLists(['service.yaml'], read));
  assert.equal(failure.message, 'no image is named in service.yaml');
  assert.equal(failure.exit, 2);
});

test('a file name that could move a cursor stands in messages as text', async () => {
  const file = 'a\u001b[2J\u202e.txt';
  const failure = await failureOf(readLists([file], listsInMemory({ [file]: 'a b' })));
  assert.equal(failure.message.split(':')[0], 'a\\u001b[2J\\u202e.txt');
});

test('whatever is done to a list, it ends in entries or in an error with its name and no raw character', async () => {
  const scrap = fc.constantFrom(
    ...[
      '{{',
      '&a ',
      '*a',
      '<<: *base',
      '\n---\n',
      '%YAML 1.1\n',
      '[',
      '{',
      ']',
      '}',
      ',',
      ': ',
      '- ',
      '? ',
      '|',
      '"',
    ],
    ...["'", '#', '\t', '\n', '\u001b', '\u202e', '$', '!!binary ', '~', '@', 'image: ', '__proto__: ', '\0'],
  );
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(3), scrap), { minLength: 1, maxLength: 4 });
  const texts = fc.constantFrom(composeSample.text, helmSample.text, kubectlSample.text, 'a:1\nb:*\n');
  await fc.assert(
    fc.asyncProperty(texts, edits, async (text, changes) => {
      const broken = changes.reduce((whole, [place, removed, added]) => {
        const at = place % (whole.length + 1);
        return whole.slice(0, at) + added + whole.slice(at + removed);
      }, text);
      try {
        await readList(broken);
      } catch (error) {
        assert.ok(isScraperError(error), String(error));
        assert.match(error.message, /\blist\b/);
        assert.doesNotMatch(error.message, /[\p{Cc}\p{Cf}]/u);
      }
    }),
    { numRuns: 300, seed: 7 },
  );
});
