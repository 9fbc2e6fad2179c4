import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test, type TestContext } from 'node:test';
import type { Difference } from '../../diff/diff.ts';
import { ScraperError, type Problem } from '../../errors.ts';
import { encodeInventory } from '../../inventory/codec.ts';
import { takeInventory } from '../../inventory/take.ts';
import { openDataDir } from '../../registry/locate.ts';
import { registrySource } from '../../registry/source.ts';
import { buildRegistry } from '../../testing/registry.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { fakeContext, type FakeContext } from '../fake-context.ts';
import { run } from '../run.ts';

interface DiffDocument {
  readonly schemaVersion: number;
  readonly command: string;
  readonly ok: boolean;
  readonly a: string | null;
  readonly same: boolean | null;
  readonly tags: readonly { readonly change: string; readonly tag: string; readonly before: string | null }[];
  readonly blobs: Pick<Difference, 'added' | 'removed' | 'common'> | null;
  readonly errors: readonly Problem[];
}

/** Two registries, `a` and `b`: of three tags one is only in each, and one moved; and a copy of `a`. */
async function place(t: TestContext) {
  const cwd = await temporaryDirectory(t);
  const a = buildRegistry('a');
  for (const tag of ['same', 'moved', 'old']) a.repository('team/app').image({ tag });
  await a.write(path.join(cwd, 'a'));
  await a.write(path.join(cwd, 'copy'));
  const b = buildRegistry('a');
  b.repository('team/app').image({ tag: 'same' });
  b.repository('team/app').image({ tag: 'moved', layers: [5000] });
  b.repository('team/app').image({ tag: 'new' });
  await b.write(path.join(cwd, 'b'));
  const diff = async (...argv: string[]): Promise<FakeContext & { readonly code: number }> => {
    const context = fakeContext(['diff', ...argv], { cwd });
    return { ...context, code: await run(context) };
  };
  const document = async (...argv: string[]): Promise<DiffDocument & { readonly code: number }> => {
    const { code, stdout } = await diff(...argv, '--json');
    return { ...(JSON.parse(stdout.text()) as DiffDocument), code };
  };
  return { cwd, a, diff, document };
}

/** Writes the inventory of a directory beside it. */
async function inventoryOf(cwd: string, name: string): Promise<void> {
  const { driver } = await openDataDir(path.join(cwd, name));
  const warn = (): void => undefined;
  const source = registrySource(driver, warn);
  const inventory = await takeInventory({ source, warn, signal: new AbortController().signal });
  const file = createWriteStream(path.join(cwd, `${name}.inv`));
  await pipeline(Readable.from(encodeInventory(inventory)), file);
}

test('two registries with the same tags and blobs are the same: exit code 0', async t => {
  const { diff } = await place(t);
  const { code, stdout, stderr } = await diff('a', 'copy');
  assert.deepEqual([code, stderr.text()], [0, '']);
  assert.match(stdout.text(), /^a and copy have the same: 3 tags, \d+ blobs, /);
});

test('what differs is shown: exit code 1', async t => {
  const { diff, document } = await place(t);
  const { code, stdout, stderr } = await diff('a', 'b');
  assert.deepEqual([code, stderr.text()], [1, '']);
  assert.match(stdout.text(), /^a → b: 1 tag added, 1 tag removed, 1 tag moved$/m);
  const found = await document('a', 'b');
  assert.deepEqual([found.code, found.ok, found.same, found.a], [1, true, false, 'a']);
  assert.deepEqual(
    found.tags.map(({ change, tag }) => `${change} ${tag}`),
    ['moved moved', 'added new', 'removed old'],
  );
  assert.equal(found.tags[1]?.before, null);
  assert.ok(found.blobs && found.blobs.added.blobs > 0 && found.blobs.common.bytes > 0);
  const back = await document('b', 'a');
  assert.deepEqual(back.blobs?.added, found.blobs.removed);
});

test('an inventory stands for the registry that it was taken of', async t => {
  const { cwd, document } = await place(t);
  await inventoryOf(cwd, 'a');
  assert.deepEqual((await document('a.inv', 'copy')).same, true);
  const [byInventory, byDirectory] = [await document('a.inv', 'b'), await document('a', 'b')];
  assert.deepEqual({ ...byInventory, a: '' }, { ...byDirectory, a: '' });
});

test('--quiet leaves the exit code only', async t => {
  const { diff } = await place(t);
  for (const [b, expected] of [
    ['copy', 0],
    ['b', 1],
  ] as const) {
    const { code, stdout, stderr } = await diff('a', b, '-q');
    assert.deepEqual([code, stdout.text(), stderr.text()], [expected, '', '']);
  }
});

test('whatever goes wrong is trouble: exit code 2, and a document all the same', async t => {
  const { cwd, diff, document } = await place(t);
  await writeFile(path.join(cwd, 'letter'), 'Dear registry, '.repeat(200));
  await inventoryOf(cwd, 'a');
  await writeFile(path.join(cwd, 'damaged.inv'), Buffer.from('\x89RSINV\r\n\0\x01', 'latin1'));
  const cases = [
    ['nosuch', 'PATH_UNKNOWN'],
    ['letter', 'ARCHIVE_INVALID'],
    ['damaged.inv', 'INVENTORY_INVALID'],
    ['a/docker/registry/v2/blobs/sha256', 'NOT_A_REGISTRY'],
  ] as const;
  for (const [name, errorCode] of cases) {
    const { stderr, ...called } = await diff('a', name);
    assert.equal(called.code, 2, name);
    assert.match(stderr.text(), new RegExp(`\\[${errorCode}\\]$`, 'm'));
    const found = await document(name, 'a');
    assert.deepEqual(
      [found.code, found.command, found.ok, found.same, found.tags, found.errors[0]?.code],
      [2, 'diff', false, null, [], errorCode],
    );
  }
  const wrong = await document('a');
  assert.deepEqual([wrong.code, wrong.command, wrong.errors[0]?.code], [2, 'diff', 'USAGE']);
});

test('the hint about a registry nearby names it as an argument', async t => {
  const { cwd, diff } = await place(t);
  const { stderr } = await diff('a/docker/registry/v2/blobs/sha256', 'b');
  assert.ok(stderr.text().includes(`use ${path.join(cwd, 'a')}\n`), stderr.text());
});

test('what is left out because it is damaged is a warning, which -q leaves out', async t => {
  const { cwd, a, diff } = await place(t);
  a.tree.set(a.repository('team/app').tagLink('old'), Buffer.from('nonsense'));
  await a.write(path.join(cwd, 'damaged'));
  const { code, stderr } = await diff('a', 'damaged');
  assert.equal(code, 1);
  assert.match(stderr.text(), /^warning: team\/app:old: left out of the inventory: /m);
  assert.equal((await diff('a', 'damaged', '-q')).stderr.text(), '');
});

test('an interruption keeps its exit code', async t => {
  const { cwd } = await place(t);
  const context = fakeContext(['diff', 'a', 'b'], { cwd });
  context.abort(new ScraperError('INTERRUPTED', 'interrupted (SIGINT)'));
  assert.equal(await run(context), 130);
  assert.equal(context.stdout.text(), '');
});

test('a defect is trouble as well', async () => {
  const context = fakeContext(['diff', 'a', 'b']);
  const broken = { ...context, stdout: { ...context.stdout, write: () => assert.fail('broken') } };
  assert.equal(await run({ ...broken, argv: ['diff', '--help'] }), 2);
});
