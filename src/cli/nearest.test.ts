import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.ts';

const names = ['scrape', 'inspect', 'serve', 'ls', 'verify', 'version'];

test('a slip leads to the name that was meant', () => {
  assert.deepEqual(nearest('inspekt', names), ['inspect']);
  assert.deepEqual(nearest('srcape', names), ['scrape']);
  assert.deepEqual(nearest('scrap', names), ['scrape']);
  assert.deepEqual(nearest('sl', names), ['ls']);
});

test('a beginning leads to all that begin so', () => {
  assert.deepEqual(nearest('ver', names), ['verify', 'version']);
});

test('what resembles nothing leads nowhere', () => {
  assert.deepEqual(nearest('nginx', names), []);
  assert.deepEqual(nearest('', names), []);
});

test('case, underscores and leading dashes do not count', () => {
  assert.deepEqual(nearest('--data_dir', ['--data-dir']), ['--data-dir']);
  assert.deepEqual(nearest('--dataDir', ['--data-dir']), ['--data-dir']);
});
