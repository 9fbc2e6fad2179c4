import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz, planFuzzing } from './fuzzing.ts';
import { properties } from './properties/all.ts';
import { property } from './properties/property.ts';
import * as arbitrary from './properties/arbitraries.ts';

for (const count of [0, 1, 999, 1_000_000]) {
  test(`${String(count)} cases are shared out among all properties, none lost`, () => {
    const tasks = planFuzzing(count, 5);
    assert.equal(
      tasks.reduce((sum, { cases }) => sum + cases, 0),
      count,
    );
    assert.ok(tasks.every(({ cases }) => cases > 0));
    if (count > 500) assert.equal(new Set(tasks.map(one => one.property)).size, properties.length);
    assert.equal(new Set(tasks.map(({ seed }) => seed)).size, tasks.length);
  });
}

test('a property that does not hold is told with what is needed to see it again', async () => {
  const wrong = [property('no text has an a', 1, arbitrary.text, text => assert.ok(!text.includes('a')))];
  const [task] = planFuzzing(500, 3, wrong);
  assert.ok(task);
  const { bad } = await fuzz(task, wrong);
  assert.match(bad ?? '', /^no text has an a: [^]*seed: \d+[^]*Counterexample: \["/);
});
