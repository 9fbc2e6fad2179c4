import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interpolate } from './interpolate.ts';

function run(text: string): { readonly result: string; readonly assumed: readonly string[] } {
  const assumed: string[] = [];
  const result = interpolate(text, {
    assume: (expression, value) => assumed.push(`${expression} = ${value}`),
    fail: why => {
      throw new Error(why);
    },
  });
  return { result, assumed };
}

test('a text without variables stays as it is, and two dollars are one', () => {
  assert.deepEqual(run('team/app:1.2'), { result: 'team/app:1.2', assumed: [] });
  assert.deepEqual(run(`a$$b$\${C}$$`), { result: `a$b\${C}$`, assumed: [] });
});

test('a default stands for its variable, and is told', () => {
  assert.deepEqual(run(`\${HOST:-r.example.com}/app:\${TAG-1.2}-alpine`), {
    result: 'r.example.com/app:1.2-alpine',
    assumed: [`\${HOST:-r.example.com} = r.example.com`, `\${TAG-1.2} = 1.2`],
  });
  assert.equal(run(`\${HOST:-}app`).result, 'app');
});

test('defaults may hold variables with defaults, and braces', () => {
  const { result, assumed } = run(`app:\${TAG:-\${VERSION:-1}-\${FLAVOUR-slim}}`);
  assert.equal(result, 'app:1-slim');
  assert.equal(assumed.length, 3);
});

test('what is put there only when a variable is set is left out', () => {
  assert.deepEqual(run(`app:1\${DEBUG:+-debug}\${X+y}`), {
    result: 'app:1',
    assumed: [`\${DEBUG:+-debug} = `, `\${X+y} = `],
  });
});

const failing: Readonly<Record<string, RegExp>> = {
  'app:$TAG': /^the variable TAG has no default$/,
  [`app:\${TAG}`]: /^the variable TAG has no default$/,
  [`app:\${TAG:?set it}`]: /^the variable TAG has no default$/,
  [`app:\${TAG?}`]: /^the variable TAG has no default$/,
  [`app:\${A:-\${B}}`]: /^the variable B has no default$/,
  [`app:\${A:-1`]: /has no "}"/,
  [`app:\${A:-\${B:-1}`]: /has no "}"/,
  [`app:\${}`]: /is no variable/,
  [`app:\${1A}`]: /is no variable/,
  [`app:\${A/x/y}`]: /is no variable/,
  'app:$': /begins no variable/,
  'app:$-x': /begins no variable/,
};

for (const [text, why] of Object.entries(failing)) {
  test(`there is nothing to put into ${text}`, () => {
    assert.throws(() => run(text), { message: why });
  });
}
