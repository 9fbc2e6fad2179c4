import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entriesOf, failureOf, readList } from '../../testing/lists.ts';

const digest = `sha256:${'0'.repeat(64)}`;

test('a list of skopeo sync gives its tags, digests and whole repositories', async () => {
  const text = `registry.example.com:5000:
  images:
    busybox: []
    redis:
      - "1.0"
      - 2.0
      - ${digest}
    team/all:
  credentials: { username: john, password: this is a secret }
  tls-verify: true
quay.io:
  tls-verify: false
  images:
    coreos/etcd: [latest]
`;
  assert.deepEqual(await entriesOf(text), [
    '3 registry.example.com:5000/busybox:*',
    '5 registry.example.com:5000/redis:1.0',
    '6 registry.example.com:5000/redis:2.0',
    `7 registry.example.com:5000/redis@${digest}`,
    '8 registry.example.com:5000/team/all:*',
    '14 quay.io/coreos/etcd:latest',
  ]);
});

test('filters are told one by one, with the command that does the same', async () => {
  const text = `r.example.com:
  images: { a: ["1"] }
  images-by-tag-regex:
    nginx: ^1\\.13\\.[12]-alpine$
  images-by-semver:
    team/alpine: ">= 3.12 < 4"
`;
  const { entries, warnings } = await readList(text);
  assert.equal(entries.length, 1);
  assert.deepEqual(warnings, [
    {
      code: 'LIST_SKIPPED',
      message:
        'list:4: images-by-tag-regex of "nginx" is not read: here such a filter is an option, for all patterns',
      path: 'list',
      hint: String.raw`select it by itself: registry-scraper 'r.example.com/nginx:*' --tag-regex '^1\.13\.[12]-alpine$'`,
    },
    {
      code: 'LIST_SKIPPED',
      message:
        'list:6: images-by-semver of "team/alpine" is not read: here such a filter is an option, for all patterns',
      path: 'list',
      hint: `select it by itself: registry-scraper 'r.example.com/team/alpine:*' --semver '>= 3.12 < 4'`,
    },
  ]);
});

const malformed: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  'a repository that is a text': ['r.io: { images: { a: latest } }', /^list:1: "a" must be a list of tags/],
  'images that are a list': ['r.io:\n  images: [a]', /^list:2: images must be a mapping/],
  'a tag that is a mapping': [
    'r.io:\n  images:\n    a:\n      - x: y',
    /^list:4: a tag or a digest was expected/,
  ],
  'a tag with a wildcard': [
    'r.io: { images: { a: ["1*"] } }',
    /^list:1: "r.io\/a:1\*" is not a valid reference/,
  ],
  'a repository with a wildcard': ['r.io: { images: { "a*": [] } }', /^list:1: "r.io\/a\*" is no repository/],
};

for (const [what, [text, message]] of Object.entries(malformed)) {
  test(`${what} in a list of skopeo sync is an error that names the line`, async () => {
    await assert.rejects(readList(text), { message });
  });
}

test('a list with filters only names no image, and that is an error that says why', async () => {
  assert.deepEqual(await failureOf(readList('r.io: { images-by-semver: { a: "1.x" } }')), {
    code: 'LIST_INVALID',
    message:
      'no image is named in list; list:1: images-by-semver of "a" is not read: here such a filter is an option, for all patterns',
    hint: `select it by itself: registry-scraper 'r.io/a:*' --semver '1.x'`,
    exit: 2,
  });
});
