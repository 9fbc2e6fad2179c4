import assert from 'node:assert/strict';
import { rename, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isScraperError, type ErrorCode } from '../errors.ts';
import { memorySink, type MemoryOutput } from '../sink/memory.ts';
import { once } from '../testing/packed-bundle.ts';
import { mustRun } from '../testing/run.ts';
import { shippingPlace, type ShippingPlace } from '../testing/shipping-place.ts';
import type { Tidied } from '../testing/temporary.ts';
import { call } from '../testing/call.ts';
import { openApplySource, type ApplyContext, type ApplySource } from './open-apply-source.ts';

const signal = new AbortController().signal;

interface Place extends ShippingPlace {
  open(names: readonly string[], verifyKey?: string): Promise<ApplySource>;
}

async function place(t: Tidied): Promise<Place> {
  const found = await shippingPlace(t);
  return {
    ...found,
    async open(names, verifyKey) {
      const paths = names.map(name => (name === '-' ? name : found.at(name)));
      const key = verifyKey === undefined ? undefined : found.at(verifyKey);
      const source = await openApplySource(paths, {
        verifyKey: key,
        signal,
        stdin: () => once(Buffer.alloc(0)),
      });
      t.after(() => source.close());
      return source;
    },
  };
}

function context(target: MemoryOutput = new Map(), changes: Partial<ApplyContext> = {}): ApplyContext {
  return {
    ...{ sink: memorySink(target), onExistingTag: 'overwrite', dryRun: false, verifyExisting: false, signal },
    ...{ onBytes: () => undefined, onWritten: () => undefined, warn: () => undefined },
    ...changes,
  };
}

async function refused(opening: Promise<unknown>, code: ErrorCode, says: RegExp): Promise<void> {
  await assert.rejects(opening, (error: unknown) => {
    assert.ok(isScraperError(error, code), String(error));
    assert.match(error.message, says);
    return true;
  });
}

test('a directory has a place, an archive and its parts have none', async t => {
  const { open, at, pack } = await place(t);
  await pack('x.tar');
  await pack('s.tar', '--split', '64KiB');
  const directory = await open(['central']);
  assert.equal(directory.name, at('central'));
  assert.equal(directory.place?.root, at('central'));
  assert.equal(await directory.explain(signal), undefined);
  for (const [names, name] of [
    [['x.tar'], 'x.tar'],
    [['s.tar'], 's.tar'],
    [['s.tar.002', 's.tar.001'], 's.tar'],
  ] as const) {
    const source = await open(names);
    assert.deepEqual([source.name, source.place], [at(name), undefined]);
    const { driver } = await source.open(context());
    assert.equal((await driver.stat('docker/registry/v2')).kind, 'directory');
  }
  assert.equal((await open(['-'])).name, 'standard input');
});

test('what a directory says of its base counts, if a bundle was unpacked there', async t => {
  const { open, at, cwd, pack } = await place(t);
  await call(cwd, 'inventory', '-d', 'central', '-o', 'c.inv');
  await pack('d.tar', '--base', 'c.inv');
  await mustRun('tar', ['-C', at('site'), '-xf', at('d.tar')]);
  const source = await open(['site']);
  await refused(source.open(context()), 'BASE_INCOMPLETE', /counts on \d+ blobs/);
  await writeFile(at('site/registry-scraper.json'), '{"schemaVersion": 3}');
  await refused(source.open(context()), 'UNSUPPORTED', /found 3/);
  await writeFile(at('site/registry-scraper.json'), 'hello');
  await refused(source.open(context()), 'BUNDLE_INVALID', /not JSON/);
  await rm(at('site/registry-scraper.json'));
  await source.open(context());
});

test('a directory with a database is told', async t => {
  const { open, at, registry } = await place(t);
  registry.databaseInUse();
  await registry.write(at('central'));
  const codes: string[] = [];
  const source = await open(['central']);
  await source.open(context(new Map(), { warn: ({ code }) => void codes.push(code) }));
  assert.deepEqual(codes, ['DATABASE_IN_USE']);
});

test('a directory has no signature, and a key must be one', async t => {
  const { open, pack, at } = await place(t);
  await pack('x.tar', '--sign', at('ed.key'));
  await refused(open(['central'], 'ed.pub'), 'UNSIGNED', /it is a directory$/);
  await refused(open(['x.tar'], 'ed.key'), 'KEY_INVALID', /ed\.key/);
  await refused(open(['x.tar'], 'nosuch'), 'PATH_UNKNOWN', /nosuch/);
  await (await open(['x.tar'], 'ed.pub')).open(context());
  const wrong = await open(['x.tar'], 'p256.pub');
  await refused(wrong.open(context()), 'SIGNATURE_INVALID', /P-256/);
});

test('what is not there, or several things that are not parts, are told', async t => {
  const { open, pack } = await place(t);
  await pack('x.tar');
  await refused(open(['nosuch']), 'PATH_UNKNOWN', /nosuch$/);
  await refused(open(['nosuch.tar']), 'PATH_UNKNOWN', /nosuch\.tar/);
  await refused(open(['site']), 'NOT_A_REGISTRY', /site/);
  await refused(open(['central', 'site']), 'USAGE', /central is a directory$/);
  await refused(open(['x.tar', 'central']), 'USAGE', /central is a directory$/);
});

test('checksums tell which part is damaged', async t => {
  const { open, at, pack } = await place(t);
  await pack('s.tar', '--split', '64KiB');
  const whole = await open(['s.tar']);
  assert.equal(await whole.explain(signal), undefined);
  await rename(at('s.tar.sha256'), at('sums'));
  assert.equal(await (await open(['s.tar'])).explain(signal), undefined);
  await rename(at('sums'), at('s.tar.sha256'));
  await mustRun('sh', [
    '-c',
    'printf X | dd of="$0" bs=1 seek=100 conv=notrunc status=none',
    at('s.tar.002'),
  ]);
  const why = await (await open(['s.tar'])).explain(signal);
  assert.equal(why?.code, 'PART_INVALID');
  assert.match(why.message, /s\.tar\.002 has SHA-256/);
  assert.doesNotMatch(why.message, /s\.tar\.001/);
});

test('a base that the target has is enough', async t => {
  const { open, cwd, pack, registry } = await place(t);
  await call(cwd, 'inventory', '-d', 'central', '-o', 'c.inv');
  await pack('d.tar', '--base', 'c.inv');
  const target: MemoryOutput = new Map();
  for (const [path, entry] of registry.tree) if (entry instanceof Uint8Array) target.set(path, entry);
  await (await open(['d.tar'])).open(context(target));
});
