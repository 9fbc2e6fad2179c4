import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { parseTarget } from './target.ts';

test('a reference with a digest stays one, everything else is a pattern', () => {
  assert.deepEqual(parseTarget(`app@sha256:${'0'.repeat(64)}`), {
    kind: 'digest',
    text: `app@sha256:${'0'.repeat(64)}`,
  });
  const target = parseTarget('team/*:1.*');
  assert.ok(target.kind === 'pattern' && target.pattern.tag.matches('1.2') && !target.pattern.tag.implied);
});

test('without a tag no tag is meant in particular', () => {
  const target = parseTarget('app');
  assert.ok(target.kind === 'pattern' && target.pattern.tag.implied);
});

test('a path with a slash at its end stands for all below it', () => {
  const target = parseTarget('team/');
  assert.ok(target.kind === 'pattern');
  const [name] = target.pattern.names;
  assert.equal(target.text, 'team/');
  assert.deepEqual(
    ['team/app', 'team/app/x', 'team'].map(text => name?.forms[0].matches(text)),
    [true, true, false],
  );
});

test('what is no pattern is refused', () => {
  for (const text of ['', '/', 'Team/app', 'app:', 'a//b', 'team/**:[z-a]'])
    assert.throws(
      () => parseTarget(text),
      error => isScraperError(error),
      text,
    );
});
