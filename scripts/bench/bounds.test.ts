import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, type Bounds } from './bounds.ts';
import type { Figure } from './figure.ts';

const about = { measured: '2026-01-01', machine: 'some', node: 'v24', commit: 'none' };
const boundsOf = (figures: Bounds['figures']): Bounds => ({ ...about, figures });
const figure = (ours: readonly number[], peer?: readonly number[]): Figure => ({
  ...{ title: 'copying', unit: peer ? 'time' : 'memory', ours },
  ...(peer && { peer: { name: 'cp', samples: peer } }),
});

test('a ratio that is worse by more than noise is told', () => {
  const bounds = boundsOf({ 'copying / cp': { value: 1, noise: 0.01 } });
  const worse = (ours: readonly number[]): boolean | undefined =>
    judge([figure(ours, [100, 100, 100])], bounds)[0]?.worse;
  assert.equal(worse([99, 100, 101]), false);
  assert.equal(worse([104, 105, 106]), false);
  assert.equal(worse([120, 120, 121]), true);
  assert.equal(worse([60, 120, 180]), false, 'nobody can tell');
});

test('a round that was slow for both sides counts like any other', () => {
  const bounds = boundsOf({ 'copying / cp': { value: 1, noise: 0.001 } });
  assert.equal(judge([figure([100, 500, 102], [100, 500, 102])], bounds)[0]?.worse, false);
});

test('memory has no peer, and a figure without a bound cannot be worse', () => {
  const bounds = boundsOf({ copying: { value: 100, noise: 0 } });
  assert.deepEqual(
    judge([figure([115]), figure([110]), figure([100], [1])], bounds).map(({ bound, worse }) => [
      bound,
      worse,
    ]),
    [
      [100, true],
      [100, false],
      [undefined, false],
    ],
  );
});
