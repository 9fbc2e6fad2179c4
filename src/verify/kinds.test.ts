import assert from 'node:assert/strict';
import { test } from 'node:test';
import { damages } from '../testing/damages/all.ts';
import { findingKinds, kinds, severityOf } from './kinds.ts';

test('every kind has a name for machines, a title and a hint', () => {
  for (const kind of findingKinds) {
    assert.match(kind, /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
    assert.ok(kinds[kind].title.length > 5 && kinds[kind].hint.length > 5, kind);
  }
});

test('every kind is made by one of the damages that are held against a stock registry', () => {
  const made = new Set(damages.flatMap(damage => damage.kinds));
  // what these take is not in every registry's power to have
  const elsewhere = ['DATABASE_IN_USE'];
  assert.deepEqual(
    findingKinds.filter(kind => !made.has(kind)),
    elsewhere,
  );
});

test('what is damaged or missing has another severity than what is only to be known', () => {
  assert.deepEqual(
    [severityOf('BLOB_CORRUPT'), severityOf('BLOB_MISSING'), severityOf('BLOB_ORPHAN')],
    ['damaged', 'missing', 'notice'],
  );
});
