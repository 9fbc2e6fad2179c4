import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListEntry } from './entry.ts';
import { detailsToSort, sorted, type SortKey } from './sort.ts';

const entry = (tag: string, size?: number, created?: number, pushed?: number): ListEntry => ({
  repository: 'app',
  tag,
  exact: false,
  ...(pushed !== undefined && { pushed }),
  ...(size !== undefined && {
    summary: {
      kind: 'image',
      mediaType: '',
      platforms: [],
      size,
      ...(created !== undefined && { created }),
      missingManifests: 0,
    },
  }),
});

async function* entries(): AsyncGenerator<ListEntry> {
  yield* [entry('a', 10, 300, 2), entry('b', 30, 100, 3), entry('c'), entry('b2', 30, 200, 1)];
  await Promise.resolve();
}

const by = async (key: SortKey): Promise<readonly (string | null)[]> =>
  (await Array.fromAsync(sorted(entries(), key))).map(({ tag }) => tag);

test('names stay in the order they come in', async () => {
  assert.deepEqual(await by('name'), ['a', 'b', 'c', 'b2']);
});

test('the largest and the newest come first, what has no size or date last, and ties by name', async () => {
  assert.deepEqual(await by('size'), ['b', 'b2', 'a', 'c']);
  assert.deepEqual(await by('created'), ['a', 'b2', 'b', 'c']);
  assert.deepEqual(await by('pushed'), ['b', 'a', 'b2', 'c']);
});

test('only what an order needs is found out for it', () => {
  assert.deepEqual(detailsToSort('name'), {});
  assert.deepEqual(detailsToSort('pushed'), { pushed: true });
  assert.deepEqual(detailsToSort('size'), { summary: true });
});
