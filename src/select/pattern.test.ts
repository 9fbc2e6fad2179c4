import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor, isScraperError } from '../errors.ts';
import { isPattern, parsePattern } from './pattern.ts';

const hex = 'ab'.repeat(32);

/** Whether a pattern means an image, taking its name as written where that is possible. */
function matches(pattern: string, repository: string, tag: string): boolean {
  const { names, tag: tags } = parsePattern(pattern);
  return names.some(({ forms: [form] }) => form.matches(repository)) && tags.matches(tag);
}

test('tells globs from references', () => {
  const globs = [
    '*',
    '**:*',
    'team/*',
    'app:1.*',
    'app:v?',
    'app:[0-9]',
    'app:{a,b}',
    '[ab]/x',
    'team/*@sha256:x',
  ];
  for (const text of globs) assert.ok(isPattern(text), text);
  const references = [
    'app',
    'team/app:1.2',
    `app@sha256:${hex}`,
    'app@sha256:*',
    '[::1]:5000/app',
    '[2001:db8::1]/team/app:1',
    'host:5000/app:1',
    '',
    '!app',
  ];
  for (const text of references) assert.ok(!isPattern(text), text);
  assert.ok(isPattern('[::1]:5000/team/*'));
});

test('matches names and tags by the rules of each', () => {
  const cases: readonly [pattern: string, repository: string, tag: string, expected: boolean][] = [
    ['team/*:1.*', 'team/app', '1.2.3', true],
    ['team/*:1.*', 'team/app', '1', false],
    ['team/*:1.*', 'team/a/b', '1.2', false],
    ['team/**', 'team/app', 'latest', true],
    ['team/**', 'team/app', '1.0', false],
    ['team/**', 'team', 'latest', false],
    ['team/**:*', 'team/a/b/c', 'Anything_1-2', true],
    ['**:*', 'app', 'x', true],
    ['**/app:**', 'a/b/app', 'x', true],
    ['app:*', 'app', 'Latest', true],
    ['app:v[0-9]*', 'app', 'v2.1', true],
    ['app:v[!0-9]*', 'app', 'v2.1', false],
    ['app:1.{2,3}*', 'app', '1.3.1', true],
    ['app:1.{2,3}*', 'app', '1.4', false],
    ['{a,b/**}:x', 'b/c', 'x', true],
    ['{a,b/**}:x', 'b', 'x', false],
    ['app:1.0{,-alpine}*', 'app', '1.0', true],
    ['te?m/app:*', 'team/app', '1', true],
  ];
  for (const [pattern, repository, tag, expected] of cases)
    assert.equal(matches(pattern, repository, tag), expected, `${pattern} against ${repository}:${tag}`);
});

test('leaves digest tags out unless they are spelled out', () => {
  const tags = [`sha256-${hex}`, `sha256-${hex}.sig`, `sha256-${hex}.att`, `sha512-${hex}`];
  for (const tag of tags) {
    for (const pattern of ['app:*', 'app:s*', 'app:*sig', 'app:**', 'app:[s]ha256-*', 'app:???256-*'])
      assert.ok(!matches(pattern, 'app', tag), `${pattern} against ${tag}`);
    assert.ok(matches(`app:${tag}`, 'app', tag));
    assert.ok(matches(`app:{${tag},1.*}`, 'app', tag));
  }
  assert.ok(matches('app:sha256-*', 'app', `sha256-${hex}.sig`));
  assert.ok(matches('app:{1.*,sha256-*.sig}', 'app', `sha256-${hex}.sig`));
  assert.ok(!matches('app:{*,sha512-*}', 'app', `sha256-${hex}.sig`));
  assert.ok(matches('app:*', 'app', 'sha256-tools'));
});

test('knows below which path a pattern can match', () => {
  const cases: readonly [string, readonly (string | undefined)[]][] = [
    ['*', [undefined]],
    ['**:*', [undefined]],
    ['team/*:1', ['team']],
    ['team/app-*/x', ['team']],
    ['a/b/c*', ['a/b']],
    ['{team,ops/eu}/**:*', ['team', 'ops/eu']],
    ['team/{a,b}/*', ['team/a', 'team/b']],
  ];
  for (const [pattern, expected] of cases) {
    const found = parsePattern(pattern).names.map(({ forms: [form] }) => form.under);
    assert.deepEqual(found, expected, pattern);
  }
});

test('reads a host in front of a pattern as a name first, then leaves it out', () => {
  const cases: readonly [string, readonly string[], string | undefined][] = [
    ['docker.io/library/*:*', ['docker.io/library/*', 'library/*'], 'docker.io'],
    ['localhost:5000/team/**', ['team/**'], 'localhost:5000'],
    ['[::1]:5000/team/*', ['team/*'], '[::1]:5000'],
    ['[2001:db8::1]/a*', ['a*'], '[2001:db8::1]'],
    ['docker.io/**/a', ['docker.io/**/a', '**/a'], 'docker.io'],
    ['Registry.Example.COM/a/*', ['a/*'], 'Registry.Example.COM'],
    ['team/*', ['team/*'], undefined],
    ['*.example.com/a', ['*.example.com/a'], undefined],
    ['[ab]/x', ['[ab]/x'], undefined],
    ['docker.io/library/busybox:1.*', ['docker.io/library/busybox', 'library/busybox'], 'docker.io'],
  ];
  for (const [pattern, expected, host] of cases) {
    const [name] = parsePattern(pattern).names;
    assert.deepEqual([name?.forms.map(form => form.text), name?.host], [expected, host], pattern);
  }
});

test('does not leave a host out where nothing would be left that says which repositories', () => {
  const cases: readonly [string, readonly string[], string | undefined][] = [
    ['docker.io/**:*', ['docker.io/**'], '**'],
    ['docker.io/*', ['docker.io/*'], '*'],
    ['docker.io/**/?*:1.*', ['docker.io/**/?*'], '**/?*'],
    ['docker.io/[ab]*', ['docker.io/[ab]*', '[ab]*'], undefined],
    ['team/**', ['team/**'], undefined],
    ['**', ['**'], undefined],
  ];
  for (const [pattern, expected, everything] of cases) {
    const [name] = parsePattern(pattern).names;
    assert.deepEqual([name?.forms.map(form => form.text), name?.everything], [expected, everything], pattern);
  }
});

test('braces without a wildcard spell references out', () => {
  assert.deepEqual(parsePattern('team/{a,b}:{1,2}').references, [
    'team/a:1',
    'team/a:2',
    'team/b:1',
    'team/b:2',
  ]);
  assert.deepEqual(parsePattern('{a,b}').references, ['a:latest', 'b:latest']);
  assert.deepEqual(parsePattern('host:5000/{a,a}:1').references, ['host:5000/a:1']);
  assert.deepEqual(parsePattern('team/{a,b}:1.*').references, []);
});

test('refuses malformed patterns and says why', () => {
  const cases: readonly [string, RegExp][] = [
    [':*', /name is missing/],
    [
      'localhost:5000/**:*',
      /: no repository is named with host localhost:5000, and wildcards alone would take everything; if that is meant, leave the host out$/,
    ],
    ['[2001:db8::1]/*', /if that is meant, leave the host out$/],
    ['localhost:5000/***', /"\*\*" stands for whole components/],
    ['app*:', /nothing stands after the colon/],
    ['team//*', /empty/],
    ['/team/*', /empty/],
    ['team/*/', /empty/],
    ['../*', /"\.\."/],
    ['a/../*', /"\.\."/],
    ['Team/*', /lower case/],
    ['team/A*', /lower case/],
    ['team**:*', /whole components/],
    ['te**am/x', /whole components/],
    ['team/***', /whole components/],
    ['team/[ab', /brackets/],
    ['team/]*', /brackets/],
    ['team/[]*', /brackets/],
    ['team/[a/b]*', /brackets/],
    ['team/[z-a]', /out of order/],
    ['app:[9-0]', /out of order/],
    ['team/{a,b', /not closed/],
    ['team/{a}:*', /comma/],
    ['team/a}*', /never opened/],
    ['!team/*', /--exclude/],
    ['app:!1*', /--exclude/],
    ['team/(a|b)*', /"\("/],
    ['team/a b*', /" "/],
    ['team/\\*', /"\\\\"/],
    ['app:a+*', /"\+"/],
    ['app:{1,-x}', /no tag is called "-x"/],
    ['a:b:*', /":" stands in no tag/],
    ['{a:1,b:2}', /not closed|never opened/],
    [`team/*@sha256:${hex}`, /digest/],
    [`app:*@sha256:${hex}`, /digest/],
    ['*'.repeat(5000), /5000 characters, at most 2000/],
    [`${'{a,b}'.repeat(20)}/*`, /more than 1000/],
  ];
  for (const [pattern, why] of cases) {
    assert.throws(
      () => parsePattern(pattern),
      error => {
        assert.ok(isScraperError(error, 'REFERENCE_INVALID'), `${pattern}: ${String(error)}`);
        assert.match(error.message, why);
        assert.ok(error.message.length < 400, error.message);
        assert.equal(error.details.reference, pattern);
        assert.ok(error.details.hint);
        return exitCodeFor([error]) === 2;
      },
      pattern,
    );
  }
});

test('counts alternatives of name and tag together', () => {
  const numbers = Array.from({ length: 40 }, (_, index) => `n${String(index)}`).join(',');
  assert.throws(() => parsePattern(`{${numbers}}/x:{${numbers}}*`), /more than 1000 alternatives/);
  assert.equal(parsePattern(`{${numbers}}/x:*`).names.length, 40);
});
