import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { isScraperError, type ErrorCode } from '../errors.ts';
import { digestFor, inventoryFile, inventoryOf } from '../testing/inventory.ts';
import { asOrdinaryUser } from '../testing/ordinary-user.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { readInventory } from './inventory-file.ts';

const { signal } = new AbortController();
const inventory = inventoryOf(
  Array.from({ length: 20_000 }, (_, index) => ({ digest: digestFor(index), size: index + 1 })),
);

test('an inventory is read from a file, and from a pipe', async t => {
  const directory = await temporaryDirectory(t);
  const [file, pipe] = [path.join(directory, 'site.inv'), path.join(directory, 'pipe')];
  const bytes = await inventoryFile(inventory);
  await writeFile(file, bytes);
  assert.equal((await readInventory(file, 'site.inv', signal)).digest, inventory.digest);
  await promisify(execFile)('mkfifo', [pipe]);
  const read = readInventory(pipe, 'pipe', signal);
  createWriteStream(pipe).end(bytes);
  assert.equal((await read).digest, inventory.digest);
});

test('what cannot be read is told by the name that was given', async t => {
  const directory = await temporaryDirectory(t);
  const file = path.join(directory, 'site.inv');
  await writeFile(file, 'no inventory');
  await chmod(directory, 0o755);
  const check = (place: string, code: ErrorCode): Promise<void> =>
    assert.rejects(readInventory(place, 'the name', signal), error => {
      assert.ok(isScraperError(error, code), String(error));
      assert.match(error.message, /the name/);
      return true;
    });
  await check(file, 'INVENTORY_INVALID');
  await check(path.join(directory, 'nosuch'), 'PATH_UNKNOWN');
  await check(directory, 'NOT_A_FILE');
  await chmod(file, 0);
  await asOrdinaryUser(() => check(file, 'ACCESS_DENIED'));
});
