import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor, isScraperError } from '../errors.ts';
import { findCollisions, parseRename, renamer, unusedRules } from './rename.ts';

const rename = (rules: readonly string[], name: string): string => renamer(rules.map(parseRename))(name);

test('renames a repository, or everything below a path', () => {
  const cases: readonly [rules: readonly string[], name: string, expected: string][] = [
    [[], 'team/app', 'team/app'],
    [['team/app=site7/app'], 'team/app', 'site7/app'],
    [['team/app=site7/app'], 'team/app/x', 'team/app/x'],
    [['team/app=site7/app'], 'team/apps', 'team/apps'],
    [['team/=site7/team/'], 'team/app', 'site7/team/app'],
    [['team/=site7/team/'], 'team', 'team'],
    [['team/=site7/team/'], 'teams/app', 'teams/app'],
    [['docker.io/library/='], 'docker.io/library/busybox', 'busybox'],
    [['docker.io/='], 'docker.io/library/busybox', 'library/busybox'],
    [['a/=b/', 'b/=c/'], 'a/x', 'b/x'],
  ];
  for (const [rules, name, expected] of cases) assert.equal(rename(rules, name), expected);
});

test('lets the rule decide that says most, in whatever order they come', () => {
  const rules = ['a/=short/', 'a/b/=long/', 'a/b/c=exact'];
  for (const order of [rules, rules.toReversed()]) {
    assert.equal(rename(order, 'a/x'), 'short/x');
    assert.equal(rename(order, 'a/b/x'), 'long/x');
    assert.equal(rename(order, 'a/b/c'), 'exact');
    assert.equal(rename(order, 'a/b/c/d'), 'long/c/d');
  }
});

test('refuses bad rules and says why', () => {
  const cases: readonly [string, RegExp][] = [
    ['', /there is no "="/],
    ['team', /there is no "="/],
    ['=x', /before the "="/],
    ['=', /before the "="/],
    ['team/=x', /TO ends with one too/],
    ['team=', /TO does too/],
    ['team=x/', /TO does too/],
    ['/=x/', /"" is no repository name/],
    ['a//=x/', /"a\/" is no repository name/],
    ['Team/=x/', /lower case: "team"/],
    ['team/=X/', /lower case: "x"/],
    ['team/*=x/a', /wildcards/],
    ['a:1=b:1', /no tag and no digest/],
    ['a=b=c', /"b=c" is no repository name/],
    ['../=x/', /"\.\." is no repository name/],
    ['a=../b', /"\.\.\/b" is no repository name/],
    [`a=${'b'.repeat(256)}`, /at most 255 characters, this one 256/],
  ];
  for (const [text, why] of cases) {
    assert.throws(
      () => parseRename(text),
      error => {
        assert.ok(isScraperError(error, 'USAGE'), String(error));
        assert.match(error.message, /^--rename must be FROM=TO, found "/);
        assert.match(error.message, why);
        assert.match(error.details.hint ?? '', /docker\.io\/library\/=/);
        return exitCodeFor([error]) === 2;
      },
      text,
    );
  }
});

test('refuses rules that contradict each other, not those that repeat each other', () => {
  assert.throws(
    () => rename(['a/=b/', 'a/=c/'], 'a/x'),
    error => isScraperError(error, 'USAGE') && error.message.includes('a/=b/ and --rename a/=c/'),
  );
  assert.equal(rename(['a/=b/', 'a/=b/'], 'a/x'), 'b/x');
});

test('refuses a name that becomes too long and names the rule', () => {
  const rules = [`a/=${'b'.repeat(200)}/`];
  assert.equal(rename(rules, `a/${'c'.repeat(54)}`).length, 255);
  assert.throws(
    () => rename(rules, `a/${'c'.repeat(55)}`),
    error => isScraperError(error, 'USAGE') && /--rename a\/=b+\/ .*256 characters/.test(error.message),
  );
});

test('tells which rules rename nothing', () => {
  const rules = ['team/=x/', 'tema/=y/', 'app=z', 'team/app=w'].map(parseRename);
  const unused = unusedRules(rules, ['team/one', 'app', 'other/app']).map(({ text }) => text);
  assert.deepEqual(unused, ['tema/=y/', 'team/app=w']);
});

test('finds images that differ and would land on one name and tag', () => {
  const image = (source: string, repository: string, tag: string | null, digest: string) => ({
    ...{ source, repository, tag, digest },
  });
  assert.deepEqual(findCollisions([]), []);
  const harmless = [
    image('a/app:1', 'app', '1', 'sha256:aa'),
    image('b/app:1', 'app', '1', 'sha256:aa'),
    image('b/app:2', 'app', '2', 'sha256:bb'),
    image('c/app:1', 'c/app', '1', 'sha256:cc'),
    image('a/app', 'app', null, 'sha256:dd'),
    image('b/app', 'app', null, 'sha256:ee'),
  ];
  assert.deepEqual(findCollisions(harmless), []);
  const [error, ...others] = findCollisions([...harmless, image('d/app:1', 'app', '1', 'sha256:ff')]);
  assert.ok(isScraperError(error, 'RENAME_CONFLICT'));
  assert.deepEqual(others, []);
  assert.match(error.message, /a\/app:1 \(sha256:aa\).* and d\/app:1 \(sha256:ff\) would both be app:1/);
  assert.equal(error.details.reference, 'app:1');
  assert.equal(exitCodeFor([error]), 2);
});
