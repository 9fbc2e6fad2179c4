import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entriesOf, readList, warningsOf } from '../../testing/lists.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test('each line is a reference or a glob, with its line', async () => {
  const found = await entriesOf(
    `team/app:1.2\nregistry.example.com:5000/team/db\n\nteam/**:*\napp@${digest}\napp:1@${digest}\n`,
  );
  assert.deepEqual(found, [
    '1 team/app:1.2',
    '2 registry.example.com:5000/team/db',
    '4 team/**:*',
    `5 app@${digest}`,
    `6 app:1@${digest}`,
  ]);
});

test('comments, tabs, CRLF, a byte order mark and a missing last line break change nothing', async () => {
  const text =
    '\uFEFF# images\r\n\tteam/app:1.2\t# the app\r\n\r\n   \r\n  busybox  #x\r\nredis:7\rpostgres:16';
  assert.deepEqual(await entriesOf(text), ['2 team/app:1.2', '5 busybox', '6 redis:7', '7 postgres:16']);
});

test('UTF-16 with its mark is read, as PowerShell writes it', async () => {
  const text = '\uFEFFteam/app:1.2\r\nbusybox\r\n';
  const little = Buffer.from(text, 'utf16le');
  const expected = ['1 team/app:1.2', '2 busybox'];
  assert.deepEqual(await entriesOf(little), expected);
  assert.deepEqual(await entriesOf(Buffer.from(little).swap16()), expected);
});

test('a duplicate line counts once, where it stands first', async () => {
  assert.deepEqual(await entriesOf('a:1\nb:1\na:1\n'), ['1 a:1', '2 b:1']);
});

test('a list of globs that begins like JSON is a list of globs', async () => {
  assert.deepEqual(await entriesOf('{team,base}/*:1.*\n[a-c]*:1\n'), ['1 {team,base}/*:1.*', '2 [a-c]*:1']);
});

test('a plain YAML or JSON list holds references and globs', async () => {
  assert.deepEqual(await entriesOf('- team/app:1.2\n- "team/*:*"\n-\n'), ['1 team/app:1.2', '2 team/*:*']);
  assert.deepEqual(await entriesOf('[\n"team/app:1.2",\n\n"b:*"]'), ['2 team/app:1.2', '4 b:*']);
});

const malformed: Readonly<Record<string, readonly [text: string, code: string, message: RegExp]>> = {
  'white space': ['a:1\nFROM alpine\n', 'LIST_INVALID', /^list:2: white space in "FROM alpine"/],
  'a forgotten tag': ['alpine:\nbusybox:1\n', 'TAG_INVALID', /^list:1: .*nothing stands after the colon/],
  'upper case': ['a:1\n\nTeam/App\n', 'NAME_INVALID', /^list:3: .*did you mean "team\/app"/],
  'a bad digest': ['a@sha256:12\n', 'DIGEST_INVALID', /^list:1: /],
  quotes: ['"a:1"\n', 'TAG_INVALID', /^list:1: /],
  'a quote in a glob': ['a:1\nb"*\n', 'REFERENCE_INVALID', /^list:2: .*is not a valid pattern/],
  'a template': ['a:1\n{{.image}}\n', 'LIST_INVALID', /^list:2: an unrendered template/],
  'a variable': ['a:1\nb:$TAG\n', 'TAG_INVALID', /^list:2: /],
  'a terminal escape': ['a*\u001b[2J\n', 'REFERENCE_INVALID', /^list:1: "a\*\\u001b\[2J"/],
  'a direction mark in a name': ['a\u202eb\n', 'NAME_INVALID', /^list:1: "a\\u202eb"/],
  'a direction mark': ['a*\u202e\n', 'REFERENCE_INVALID', /^list:1: "a\*\\u202e"/],
  'a line of a megabyte': [
    `a:1\n${'b'.repeat(2 ** 20)}\n`,
    'LIST_INVALID',
    /^list:2: no reference has 1048576/,
  ],
};

for (const [what, [text, code, message]] of Object.entries(malformed)) {
  test(`${what} in a line is an error that names the line`, async () => {
    await assert.rejects(readList(text), { code, message });
  });
}

test('messages never hold what a list holds as it is, nor all of it', async () => {
  const text = `x ${'\u001b]0;title\u0007'.repeat(200)}`;
  await assert.rejects(readList(text), (error: Error) => {
    assert.doesNotMatch(error.message, /\p{Cc}/u);
    return error.message.length < 700;
  });
});

test('a clean list leads to no warning', async () => {
  assert.deepEqual(await warningsOf('a:1\nb:*\n'), []);
});
