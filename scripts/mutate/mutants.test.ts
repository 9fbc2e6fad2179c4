import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutantsOf } from './mutants.ts';
import { sample } from './sample.ts';

const becomes = (text: string): readonly string[] => mutantsOf('x.ts', text).map(mutant => mutant.text);

test('a condition always holds, never holds, or is turned around', () => {
  assert.deepEqual(
    new Set(becomes('if (a < b) c;')),
    new Set(['if (true) c;', 'if (false) c;', 'if (a <= b) c;', 'if (a >= b) c;', 'if (a < b) ;']),
  );
  assert.deepEqual(becomes('while (a === b);'), ['while (false);', 'while (a !== b);']);
});

test('half of a logical expression is left out', () => {
  assert.deepEqual(becomes('x = (a && b) ?? c;').slice(1), [
    'x = ((a && b));',
    'x = (c);',
    'x = ((a)) ?? c;',
    'x = ((b)) ?? c;',
  ]);
});

test('what is thrown, called, returned or waited for is so no more', () => {
  assert.deepEqual(becomes('function f() { throw e; }'), ['function f() { ; }']);
  assert.deepEqual(becomes('function f() { return e; }'), ['function f() { return undefined; }']);
  assert.deepEqual(becomes('async () => { await e; };').slice(1), [
    'async () => { ; };',
    'async () => { (e); };',
  ]);
  assert.deepEqual(becomes('const f = () => e;'), ['const f = () => undefined;']);
});

test('what is for people, and what only the compiler sees, is left alone', () => {
  assert.deepEqual(becomes("const message = 'a' + 'b';"), []);
  assert.deepEqual(
    becomes("throwIt('so it is');").filter(text => text !== ';'),
    [],
  );
  assert.deepEqual(becomes("type A = 'a' | 1; interface B { c: true } import 'd';"), []);
});

test('a fault says where it is, in which functions, and how the code changes', () => {
  const [mutant] = mutantsOf(
    'x.ts',
    'function f() {\n  const g = () => {\n    return 1 +\n      h;\n  };\n}\n',
  );
  assert.deepEqual(
    [mutant?.line, mutant?.within, mutant?.change],
    [3, ['f', 'g'], 'return 1 + h; → return undefined;'],
  );
});

test('a sample is the same for the same seed, keeps the order, and is never more than asked for', () => {
  const items = Array.from({ length: 50 }, (_, at) => at);
  const drawn = sample(items, 10, 1);
  assert.equal(drawn.length, 10);
  assert.deepEqual(drawn, sample(items, 10, 1));
  assert.notDeepEqual(drawn, sample(items, 10, 2));
  assert.deepEqual(
    drawn,
    [...drawn].sort((a, b) => a - b),
  );
  assert.deepEqual(sample(items, Infinity, 1), items);
});
