import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entriesOf, failureOf, readList, warningsOf } from '../../testing/lists.ts';
import { listLimits } from './limits.ts';

/** Nine times nine times …: a few hundred bytes that stand for more values than there are atoms. */
function billionLaughs(levels: number): string {
  const lines = ['l0: &l0 [x,x,x,x,x,x,x,x,x]'];
  for (let level = 1; level < levels; level += 1)
    lines.push(
      `l${level}: &l${level} [${Array(9)
        .fill(`*l${level - 1}`)
        .join(',')}]`,
    );
  return lines.join('\n');
}

const chain = Array.from({ length: 500 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}]`).join(
  '\n',
);
const wide = Array.from({ length: 2000 }, (_, index) => `  k${index}: v`).join('\n');

const bombs: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  'aliases of aliases': [
    billionLaughs(100),
    /^list:7: it holds more than 1,000,000 values, counting what aliases/,
  ],
  'merges of a wide mapping': [
    `base: &a\n${wide}\nl:\n${'  - <<: *a\n'.repeat(2000)}`,
    /^list:\d+: it holds more than 1,000,000 values/,
  ],
  'an alias of what is around it': [
    'a: &a\n  b: [*a]',
    /^list:2: the alias "a" stands within what it stands for/,
  ],
  'a merge of what is around it': ['a: &a\n  <<: *a', /^list:2: the alias "a" stands within/],
  'an alias of nothing': ['a: 1\nb: *c', /^list:2: the alias "c" stands for nothing before it/],
  'an alias of what comes later': ['a: *b\nb: &b 1', /^list:1: the alias "b" stands for nothing before it/],
  'an anchor of another document': ['a: &a 1\n---\nb: *a', /^list:3: the alias "a" stands for nothing/],
  'aliases that nest': [`a0: &a0 [x]\n${chain}`, /^list:\d+: it nests more than 200 levels deep/],
  'a hundred thousand brackets': [`a: ${'['.repeat(100_000)}`, /^list:1: it nests more than 200 levels deep/],
  'a hundred thousand braces': [
    `a: ${'{b: '.repeat(100_000)}`,
    /^list:1: it nests more than 200 levels deep/,
  ],
  'ten thousand dashes': ['- '.repeat(10_000), /^list:1: (?:it nests|this is no valid YAML: it nests)/],
  'a million commas': [`a: [x${','.repeat(1_000_000)}]`, /^list:1: .*nothing stands before a comma/],
  'a merge of a text': ['a:\n  <<: b', /^list:2: only a mapping, or a list of mappings, can be merged/],
  'a key that is a list': ['a: 1\n[b]: c', /^list:2: a key must be text/],
};

for (const [what, [text, message]] of Object.entries(bombs)) {
  test(`${what} end in an error, soon`, { timeout: 20_000 }, async () => {
    await assert.rejects(readList(`${text}\n`), { code: 'LIST_INVALID', message });
  });
}

test('a document longer than the limit is refused unread, with a way out', async () => {
  const text = `---\nimage: a:1\n---\nimage: b:1 # ${'x'.repeat(1000)}\n`;
  const failure = await failureOf(readList(text, { ...listLimits, yaml: 500 }));
  assert.equal(failure.message, 'list:3: this YAML document has 1018 characters, at most 500 are read');
  assert.match(failure.hint ?? '', /as JSON/);
  const many = await readList('---\nimage: a:1\n'.repeat(200), { ...listLimits, yaml: 500 });
  assert.equal(many.entries.length, 1);
});

const broken: Readonly<Record<string, readonly [text: string, line: number]>> = {
  'a tab as indentation': ['services:\n\tweb: { image: a:1 }\n', 2],
  'an open quote': ['a:\n  b: "x\n\nc: 1\n', 5],
  'an open bracket': ['a: 1\nb: [1,\nc: 2\n', 3],
  'two values for a key': ['a: 1\nb: c: d\n', 2],
  'a line that belongs to nothing': ['a:\n  b: 1\n c: 2\n', 3],
  'a text after a mapping': ['services:\n  a: { image: b }\nfoo bar\n', 3],
  'an error in a later document': ['a: 1\n---\nb: 2\n---\n\nc: [\n', 7],
};

for (const [what, [text, line]] of Object.entries(broken)) {
  test(`${what} is an error that names the line`, async () => {
    await assert.rejects(readList(text), (error: Error) => {
      assert.match(error.message, new RegExp(`^list:${line}: this is no valid YAML: `));
      return true;
    });
  });
}

test('documents begin where YAML says so, with directives, comments and ends', async () => {
  const text = `%YAML 1.1
# first
--- # one
image: a:1
...
---
text: |
  --- no document
  image: x
image: b:1
---

--- {image: c:1}
---
---x: d
image: d:1
`;
  assert.deepEqual(await entriesOf(text), ['4 a:1', '10 b:1', '13 c:1', '16 d:1']);
});

test('CRLF and a byte order mark move no line', async () => {
  const text = '\uFEFFservices:\r\n  a:\r\n    image: a:1\r\n---\r\nservices:\r\n  b: {image: b:1}\r\n';
  assert.deepEqual(await entriesOf(text), ['3 a:1', '6 b:1']);
});

test('tags of others, and binary ones, leave a text what it is', async () => {
  assert.deepEqual(await entriesOf('a: { image: !!int 1 }\nb: { image: !custom c:1 }\n'), ['1 1', '2 c:1']);
  assert.deepEqual(await entriesOf('a: { image: !!binary aGk= }\nimage: c:1\n'), ['2 c:1']);
});

test('what messages quote out of a document cannot harm a terminal', async () => {
  await assert.rejects(readList('a: 1\nb: *\u001b[2Jx\n'), (error: Error) => !/\p{Cc}/u.test(error.message));
  const warnings = await warningsOf('image: a:1\n"\\e]0;x\\a": 1\n"\\e]0;x\\a": 2\n');
  assert.deepEqual(
    warnings[1],
    'LIST_ASSUMED list:3: the key "\\u001b]0;x\\u0007" stands in line 2 already: both are read',
  );
});
