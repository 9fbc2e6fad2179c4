import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor, isScraperError, type ErrorCode } from '../errors.ts';
import { parseReference } from './reference.ts';

const digest = `sha256:${'0'.repeat(64)}`;

test('reads name, tag and digest in every combination', () => {
  const cases: readonly [string, object][] = [
    ['app', { repositories: ['app'], tag: 'latest' }],
    ['team/app:1.10', { repositories: ['team/app'], tag: '1.10' }],
    ['team/app:007', { repositories: ['team/app'], tag: '007' }],
    [`app@${digest}`, { repositories: ['app'], digest }],
    [`app:1@${digest}`, { repositories: ['app'], tag: '1', digest }],
    ['a__b/c-d/e.f/g--h', { repositories: ['a__b/c-d/e.f/g--h'], tag: 'latest' }],
    ['app:_X.y-Z', { repositories: ['app'], tag: '_X.y-Z' }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseReference(text), { text, ...expected });
});

test('a first component that looks like a host is tried as a name first where it can be one', () => {
  const cases: readonly [string, object][] = [
    [
      'docker.io/library/busybox',
      { repositories: ['docker.io/library/busybox', 'library/busybox'], host: 'docker.io' },
    ],
    ['localhost/app', { repositories: ['localhost/app', 'app'], host: 'localhost' }],
    ['localhost:5000/app', { repositories: ['app'], host: 'localhost:5000' }],
    ['registry:5000/a/b', { repositories: ['a/b'], host: 'registry:5000' }],
    ['10.0.0.1:5000/a', { repositories: ['a'], host: '10.0.0.1:5000' }],
    ['[::1]:5000/a', { repositories: ['a'], host: '[::1]:5000' }],
    ['Registry.Example.COM/app', { repositories: ['app'], host: 'Registry.Example.COM' }],
    ['team/app', { repositories: ['team/app'] }],
  ];
  for (const [text, expected] of cases)
    assert.deepEqual(parseReference(text), { text, tag: 'latest', ...expected });
});

test('refuses malformed references, says why, and means exit code 2', () => {
  const cases: readonly [string, ErrorCode, RegExp][] = [
    ['', 'REFERENCE_INVALID', /empty/],
    ['../etc/passwd', 'NAME_INVALID', /"\.\."/],
    ['a/../b', 'NAME_INVALID', /"\.\."/],
    ['/a', 'NAME_INVALID', /slash/],
    ['a/', 'NAME_INVALID', /slash/],
    ['a//b', 'NAME_INVALID', /slash/],
    ['Team/app', 'NAME_INVALID', /lower case.*"team\/app"/],
    ['-a', 'NAME_INVALID', /"-a"/],
    ['_layers', 'NAME_INVALID', /"_layers"/],
    ['a b', 'NAME_INVALID', /"a b"/],
    ['a\u0000b', 'NAME_INVALID', /component/],
    ['é', 'NAME_INVALID', /component/],
    [':1', 'NAME_INVALID', /missing/],
    [`@${digest}`, 'NAME_INVALID', /missing/],
    ['localhost:5000/', 'NAME_INVALID', /missing/],
    ['a'.repeat(300), 'NAME_INVALID', /300 characters, at most 255/],
    ['a:', 'TAG_INVALID', /nothing stands after the colon/],
    ['a:-1', 'TAG_INVALID', /must not begin/],
    ['a:..', 'TAG_INVALID', /must not begin/],
    ['a:b c', 'TAG_INVALID', /letters, digits/],
    [`a:${'t'.repeat(129)}`, 'TAG_INVALID', /129 characters, at most 128/],
    ['a@', 'DIGEST_INVALID', /algorithm:hex/],
    ['a@sha256:xyz', 'DIGEST_INVALID', /64 lower-case hex/],
    [`a@md5:${'0'.repeat(32)}`, 'DIGEST_INVALID', /sha256, sha384, sha512/],
    [`a@${digest}@${digest}`, 'DIGEST_INVALID', /64 lower-case hex/],
  ];
  for (const [text, code, why] of cases) {
    assert.throws(
      () => parseReference(text),
      error => {
        assert.ok(isScraperError(error, code), `${text}: ${String(error)}`);
        assert.match(error.message, why);
        assert.equal(error.details.reference, text);
        assert.ok(error.details.hint);
        return exitCodeFor([error]) === 2;
      },
    );
  }
});
