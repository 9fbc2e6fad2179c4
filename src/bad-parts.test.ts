import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { refusesToApply, appliesAnew, verifies } from './testing/applied.ts';
import { call, ships } from './testing/call.ts';
import { buildRegistry } from './testing/registry.ts';
import { shippingPlace, type ShippingPlace } from './testing/shipping-place.ts';
import type { Tidied } from './testing/temporary.ts';

/** An archive in five parts, `s.tar.001` to `s.tar.005`. */
async function place(t: Tidied): Promise<ShippingPlace> {
  const registry = buildRegistry('parts');
  registry.repository('app').image({ tag: '1', layers: [150_000, 90_000, 30_000] });
  const found = await shippingPlace(t, { registry, references: ['app:1'] });
  await found.pack('s.tar', '--split', '64KiB');
  return found;
}

const part = (number: number): string => `s.tar.00${String(number)}`;

/** Everything that reads parts says the same, whichever of them is named. */
async function refusesEverywhere(
  found: ShippingPlace,
  exitCode: number,
  code: string,
  says: RegExp,
): Promise<void> {
  for (const name of ['s.tar', part(1)]) {
    const failure = await refusesToApply(found, exitCode, name);
    assert.equal(failure.code, code, failure.message);
    assert.match(failure.message, says);
    assert.ok(failure.hint);
    const verified = await verifies(found, name);
    assert.equal(verified.code, exitCode, verified.text);
    assert.match(verified.text, says);
  }
}

test('each part that is missing is named, and made again it is as good as before', async t => {
  const found = await place(t);
  const { at, cwd, pack, references } = found;
  const lost = await readFile(at(part(3)));
  await rm(at(part(3)));
  await refusesEverywhere(found, 3, 'PART_MISSING', /a part is missing: s\.tar\.003 \(of 5\)/);
  await rm(at(part(5)));
  await refusesEverywhere(found, 3, 'PART_MISSING', /parts are missing: s\.tar\.003, s\.tar\.005 \(of 5\)/);
  await pack('s.tar', '--split', '64KiB', '--only-part', '3');
  assert.deepEqual(await readFile(at(part(3))), lost);
  await refusesEverywhere(found, 3, 'PART_MISSING', /a part is missing: s\.tar\.005/);
  await pack('s.tar', '--split', '64KiB', '--only-part', '5');
  assert.equal((await appliesAnew(found, 's.tar')).code, 0);
  assert.equal((await verifies(found, 's.tar')).code, 0);
  await rm(at('s.tar.sha256'));
  await rm(at(part(2)));
  for (const name of ['s.tar', part(1), part(4)])
    assert.match((await refusesToApply(found, 3, name)).message, /s\.tar\.002/);
  assert.equal((await call(cwd, 'ls', '-d', 's.tar')).code, 3);
  assert.equal((await call(cwd, ...references, '-d', 's.tar', '-o', 'y.tar')).code, 3);
});

test('without checksums, missing last parts are an archive that ends too early', async t => {
  const found = await place(t);
  const { at } = found;
  await rm(at('s.tar.sha256'));
  await rm(at(part(5)));
  await refusesEverywhere(found, 4, 'ARCHIVE_TRUNCATED', /s\.tar/);
});

test('parts that change places are refused', async t => {
  const found = await place(t);
  const { at } = found;
  const swap = async (a: number, b: number): Promise<void> => {
    await rename(at(part(a)), at('swap'));
    await rename(at(part(b)), at(part(a)));
    await rename(at('swap'), at(part(b)));
  };
  for (const [a, b] of [
    [1, 2],
    [2, 3],
    [3, 4],
  ] as const) {
    await swap(a, b);
    const { message } = await refusesToApply(found, 4, 's.tar');
    assert.match(message, new RegExp(`not what .*s\\.tar\\.sha256 says: .*${part(a)}.*${part(b)}`));
    assert.equal((await verifies(found, 's.tar')).code, 4);
    await rename(at('s.tar.sha256'), at('sums'));
    await refusesToApply(found, 4, 's.tar');
    assert.equal((await verifies(found, 's.tar')).code, 4);
    await rename(at('sums'), at('s.tar.sha256'));
    await swap(a, b);
  }
  // the last one is the only one of another size
  await swap(4, 5);
  await refusesEverywhere(found, 4, 'PART_INVALID', /parts have the wrong size: .* in s\.tar\.004/);
});

test('a part that stands there twice is refused', async t => {
  const found = await place(t);
  const { at } = found;
  await copyFile(at(part(2)), at(part(3)));
  const { message } = await refusesToApply(found, 4, 's.tar');
  assert.match(message, /s\.tar\.003 has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}$/);
  assert.equal((await verifies(found, 's.tar')).code, 4);
  await rm(at('s.tar.sha256'));
  await refusesToApply(found, 4, 's.tar');
});

test('a part too many is refused', async t => {
  const found = await place(t);
  const { at } = found;
  await copyFile(at(part(5)), at(part(6)));
  await refusesEverywhere(found, 4, 'PART_INVALID', /s\.tar\.sha256 does not list s\.tar\.006/);
  await rm(at('s.tar.sha256'));
  await refusesToApply(found, 4, 's.tar');
  await rename(at(part(6)), at('s.tar.007'));
  assert.match((await refusesToApply(found, 3, 's.tar')).message, /s\.tar\.006/);
});

test('a part that is shorter, longer or empty is refused, and named', async t => {
  const found = await place(t);
  const { at } = found;
  for (const number of [1, 2, 4, 5]) {
    const before = await readFile(at(part(number)));
    for (const size of [0, before.length - 1, before.length + 1]) {
      await truncate(at(part(number)), size);
      const { message } = await refusesToApply(found, 4, 's.tar');
      assert.match(message, new RegExp(part(number)), `${part(number)} of ${String(size)} bytes: ${message}`);
      assert.equal((await verifies(found, 's.tar')).code, 4);
    }
    await writeFile(at(part(number)), before);
  }
  assert.equal((await appliesAnew(found, 's.tar')).code, 0);
});

test('parts of two bundles are told from each other', async t => {
  const found = await place(t);
  const { at, cwd, registry } = found;
  registry.repository('app').image({ tag: '1', layers: [150_000, 90_000, 30_000] });
  await registry.write(at('other'));
  await mkdir(at('second'));
  await ships(cwd, 'app:1', '-d', 'other', '-o', 'second/s.tar', '--split', '64KiB');
  for (const number of [2, 5]) {
    await copyFile(at(part(number)), at('first'));
    await copyFile(at('second', part(number)), at(part(number)));
    const { message } = await refusesToApply(found, 4, 's.tar');
    assert.match(message, new RegExp(`${part(number)} has SHA-256`));
    assert.equal((await verifies(found, 's.tar')).code, 4);
    await rename(at('s.tar.sha256'), at('sums'));
    await refusesToApply(found, 4, 's.tar');
    assert.equal((await verifies(found, 's.tar')).code, 4);
    await rename(at('sums'), at('s.tar.sha256'));
    await rename(at('first'), at(part(number)));
  }
  await copyFile(at('second/s.tar.sha256'), at('s.tar.sha256'));
  const verified = await verifies(found, 's.tar');
  assert.equal(verified.code, 4);
  for (const number of [1, 2, 3, 4, 5])
    assert.match(verified.text, new RegExp(`${part(number)} has SHA-256`));
});

test('checksums that are none are told', async t => {
  const found = await place(t);
  const { at } = found;
  const sums = await readFile(at('s.tar.sha256'), 'utf8');
  for (const [text, says] of [
    ['hello\n', /sha256/],
    [sums.replace(/^[0-9a-f]/, 'x'), /sha256/],
    [sums + sums.replace(/^[0-9a-f]{4}/, '0000'), /sha256/],
  ] as const) {
    await writeFile(at('s.tar.sha256'), text);
    const verified = await verifies(found, 's.tar');
    assert.equal(verified.code, 4, verified.text);
    assert.match(verified.text, says);
  }
});

test('a damaged part is named though the archive says only what is wrong in it', async t => {
  const found = await place(t);
  const { at } = found;
  const bytes = await readFile(at(part(3)));
  bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000);
  await writeFile(at(part(3)), bytes);
  const { errors } = await appliesAnew(found, 's.tar');
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['PART_INVALID', 'DIGEST_MISMATCH'],
  );
  assert.match(errors[0]?.message ?? '', /s\.tar\.003 has SHA-256/);
  assert.match(errors[0]?.hint ?? '', /--only-part/);
});
