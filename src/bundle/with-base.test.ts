import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError, ScraperError } from '../errors.ts';
import { pathFor } from '../registry/layout.ts';
import { memoryDriver } from '../storage/memory.ts';
import { digestFor } from '../testing/inventory.ts';
import { gather } from '../testing/gather.ts';
import { withBase } from './with-base.ts';

const [here, elsewhere, nowhere] = [digestFor('here'), digestFor('elsewhere'), digestFor('nowhere')];
const pathOf = (digest: typeof here): string => pathFor({ kind: 'blob', digest });
const upper = memoryDriver(new Map([[pathOf(here), Buffer.from('abc')]]));
const driver = withBase(upper, [
  { digest: elsewhere, size: 1234 },
  { digest: here, size: 99 },
]);

test('a blob that is left to the base is there with its size', async () => {
  assert.deepEqual(await driver.stat(pathOf(elsewhere)), { kind: 'file', size: 1234, modified: 0 });
});

test('what is there itself is what it is', async () => {
  assert.equal((await driver.stat(pathOf(here))).size, 3);
  assert.equal(Buffer.from(await driver.read(pathOf(here), 10)).toString(), 'abc');
});

test('what is in neither of the two is not there, and of what the base has there are no bytes', async () => {
  const unknown = (error: unknown): boolean => isScraperError(error, 'PATH_UNKNOWN');
  await assert.rejects(driver.stat(pathOf(nowhere)), unknown);
  await assert.rejects(driver.read(pathOf(elsewhere), 2000), unknown);
  await assert.rejects(gather(driver.stream(pathOf(elsewhere))), unknown);
});

test('a failure is not taken for a blob that is elsewhere', async () => {
  const stat = (): Promise<never> => Promise.reject(new ScraperError('ACCESS_DENIED', 'denied'));
  const denied = withBase({ ...upper, stat }, [{ digest: elsewhere, size: 1 }]);
  await assert.rejects(denied.stat(pathOf(elsewhere)), error => isScraperError(error, 'ACCESS_DENIED'));
});
