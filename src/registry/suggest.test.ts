import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './suggest.ts';

test('names what a slip of the finger may have meant, nearest first', () => {
  const names = ['team/app', 'team/api', 'team/apps', 'other/thing'];
  assert.deepEqual(nearest(names, 'team/ap'), ['team/api', 'team/app', 'team/apps']);
});

test('names repositories with the same last component', () => {
  assert.deepEqual(nearest(['library/busybox', 'team/app'], 'busybox'), ['library/busybox']);
  assert.deepEqual(nearest(['busybox', 'team/app'], 'docker.io/library/busybox'), ['busybox']);
});

test('names nothing that is merely short', () => {
  assert.deepEqual(nearest(['x', 'yy', 'zzz'], 'team/app'), []);
  assert.deepEqual(nearest(['2.0', '3.1'], '1.2.3'), []);
});

test('names few', () => {
  const names = Array.from({ length: 50 }, (_, index) => `app${String(index)}`);
  assert.equal(nearest(names, 'app').length, 5);
});
