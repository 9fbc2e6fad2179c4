import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError, ScraperError } from '../errors.ts';
import { buildRegistry } from '../testing/registry.ts';
import { pathFor } from './layout.ts';
import { registrySource } from './source.ts';
import { storedBlobs, type StoredBlob } from './stored-blobs.ts';

async function listed(...args: Parameters<typeof storedBlobs>): Promise<readonly StoredBlob[]> {
  const found: StoredBlob[] = [];
  for await (const batch of storedBlobs(...args)) found.push(...batch);
  return found;
}

const refuse = (error: ScraperError): never => {
  throw error;
};

test('blobs come in ascending order with their sizes, also those that are empty', async () => {
  const registry = buildRegistry();
  const blobs = Array.from({ length: 600 }, (_, size) => registry.orphan(size + 1));
  const [first] = blobs;
  assert.ok(first);
  registry.makeEmpty(first);
  const found = await listed(
    registrySource(registry.driver(), () => undefined),
    refuse,
  );
  const expected = blobs.map(({ stored, size }) => ({
    digest: stored,
    size: stored === first.stored ? 0 : size,
  }));
  assert.deepEqual(
    found,
    expected.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
  );
});

test('a registry without blobs has none', async () => {
  const source = registrySource(buildRegistry().driver(), () => undefined);
  assert.deepEqual(await listed(source, refuse), []);
});

test('a blob that vanishes meanwhile is not among them, one that is odd is told, and a failure fails', async () => {
  const registry = buildRegistry();
  const [stays, vanishes, odd] = [registry.orphan(1), registry.orphan(2), registry.orphan(3)];
  const driver = registry.driver();
  const failing = (code: 'PATH_UNKNOWN' | 'NOT_A_FILE' | 'IO_ERROR', path: string): Promise<never> =>
    Promise.reject(new ScraperError(code, code, { path }));
  const stat = (failure: 'PATH_UNKNOWN' | 'IO_ERROR') => (path: string) => {
    if (path === registry.pathOf(vanishes)) return failing(failure, path);
    return path === registry.pathOf(odd) ? failing('NOT_A_FILE', path) : driver.stat(path);
  };
  const told: ScraperError[] = [];
  const over = (failure: 'PATH_UNKNOWN' | 'IO_ERROR'): Promise<readonly StoredBlob[]> =>
    listed(
      registrySource({ ...driver, stat: stat(failure) }, () => undefined),
      error => void told.push(error),
    );
  assert.deepEqual(await over('PATH_UNKNOWN'), [{ digest: stays.stored, size: 1 }]);
  assert.deepEqual(
    told.map(({ code, details }) => [code, details.path]),
    [['NOT_A_FILE', pathFor({ kind: 'blob', digest: odd.stored })]],
  );
  await assert.rejects(over('IO_ERROR'), error => isScraperError(error, 'IO_ERROR'));
});
