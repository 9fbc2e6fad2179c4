import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ScraperError } from '../../errors.ts';
import { readInventoryFile } from '../../testing/inventory.ts';
import { buildRegistry, type RegistryBuilder } from '../../testing/registry.ts';
import { run as execute, type Finished } from '../../testing/run.ts';
import { sharingImages } from '../../testing/sharing-images.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { fakeContext, type FakeContext } from '../fake-context.ts';
import { inventoryOptions } from '../inventory-options.ts';
import { parse } from '../program.ts';
import { run } from '../run.ts';
import { runInventory } from './inventory.ts';

const main = path.resolve(import.meta.dirname, '../../main.ts');

interface Place {
  readonly cwd: string;
  readonly context: (argv: readonly string[], options?: { readonly isTTY?: boolean }) => FakeContext;
  /** Runs the command; its output is a file `site.inv` unless told otherwise. */
  readonly inventory: (...argv: string[]) => Promise<FakeContext & { readonly code: number }>;
}

/** A directory with this registry in `data`. */
async function place(t: TestContext, registry: RegistryBuilder): Promise<Place> {
  const cwd = await temporaryDirectory(t);
  await mkdir(path.join(cwd, 'data'));
  await registry.write(path.join(cwd, 'data'));
  const context: Place['context'] = (argv, options = {}) =>
    fakeContext(['inventory', '-d', 'data', ...argv], { cwd, env: { NO_COLOR: '1' }, ...options });
  const inventory: Place['inventory'] = async (...argv) => {
    const called = context(argv.includes('-o') ? argv : [...argv, '-o', 'site.inv']);
    return { ...called, code: await run(called) };
  };
  return { cwd, context, inventory };
}

interface InventoryDocument {
  readonly schemaVersion: number;
  readonly command: string;
  readonly ok: boolean;
  readonly output: string | null;
  readonly digest: string | null;
  readonly totals: Readonly<Record<string, number>>;
  readonly warnings: readonly { readonly code: string }[];
  readonly errors: readonly { readonly code: string }[];
}
const documentOf = ({ stdout }: FakeContext): InventoryDocument =>
  JSON.parse(stdout.text()) as InventoryDocument;

test('writes what the registry has, and says what to do with it', async t => {
  const { cwd, inventory } = await place(t, sharingImages().registry);
  const { code, stdout, stderr } = await inventory();
  assert.deepEqual([code, stderr.text()], [0, '']);
  const bytes = await readFile(path.join(cwd, 'site.inv'));
  const read = await readInventoryFile(bytes);
  assert.deepEqual(
    [...read.tags()].map(({ repository, tag }) => `${repository}:${tag}`),
    ['team/app:1', 'team/app:2', 'team/app:both'],
  );
  assert.match(
    stdout.text(),
    /^Wrote the inventory to site\.inv: \d+ B\n {2}\d+ blobs, [\d.]+ kB\n {2}3 tags in 1 repository\n\nNext\n/,
  );
  assert.match(
    stdout.text(),
    /\n {2}registry-scraper scrape REFERENCE\.\.\. -o delta\.tar --base site\.inv\n$/,
  );
  assert.deepEqual((await readdir(cwd)).sort(), ['data', 'site.inv']);
});

test('the same registry elsewhere gives the same bytes', async t => {
  const [here, there] = [await place(t, sharingImages().registry), await place(t, sharingImages().registry)];
  await here.inventory();
  await there.inventory('-o', 'other.inv');
  const bytes = await readFile(path.join(here.cwd, 'site.inv'));
  assert.ok(bytes.equals(await readFile(path.join(there.cwd, 'other.inv'))));
});

test('goes to standard output, and words for people then to stderr', async t => {
  const { cwd, inventory } = await place(t, sharingImages().registry);
  const { code, stdout, stderr } = await inventory('-o', '-');
  assert.equal(code, 0);
  assert.equal((await readInventoryFile(stdout.bytes())).totals.tags, 3);
  assert.match(stderr.text(), /^Wrote the inventory to standard output: /);
  assert.match(stderr.text(), /--base FILE\n$/);
  assert.equal((await inventory('-o', '-', '-q')).stderr.text(), '');
  assert.deepEqual(await readdir(cwd), ['data']);
});

test('is not written to a terminal', async t => {
  const { context } = await place(t, sharingImages().registry);
  const terminal = context(['-o', '-'], { isTTY: true });
  assert.equal(await run(terminal), 2);
  assert.equal(terminal.stdout.text(), '');
  assert.match(terminal.stderr.text(), /to a terminal: it is no text \[OUTPUT_INVALID\]$/m);
});

test('--json tells totals, and -q tells nothing', async t => {
  const { cwd, inventory } = await place(t, sharingImages().registry);
  const told = documentOf(await inventory('--json'));
  const bytes = await readFile(path.join(cwd, 'site.inv'));
  const { totals, digest } = await readInventoryFile(bytes);
  assert.deepEqual(told, {
    schemaVersion: 1,
    command: 'inventory',
    ok: true,
    output: 'site.inv',
    digest,
    totals: { ...totals, fileBytes: bytes.length },
    warnings: [],
    errors: [],
  });
  const quiet = await inventory('-q', '--force');
  assert.deepEqual([quiet.code, quiet.stdout.text(), quiet.stderr.text()], [0, '', '']);
});

test('a file that is there is replaced only by --force', async t => {
  const { cwd, inventory } = await place(t, sharingImages().registry);
  const file = path.join(cwd, 'site.inv');
  await writeFile(file, 'precious');
  const refused = await inventory();
  assert.equal(refused.code, 2);
  assert.match(refused.stderr.text(), /^error: site\.inv exists already \[OUTPUT_EXISTS\]$/m);
  assert.match(refused.stderr.text(), /--force\nNo inventory was written\.\n$/);
  assert.equal(await readFile(file, 'utf8'), 'precious');
  assert.equal((await inventory('--force')).code, 0);
  assert.equal((await readInventoryFile(await readFile(file))).totals.tags, 3);
});

test('an output that cannot be one is refused before anything is read', async t => {
  const { cwd, inventory } = await place(t, sharingImages().registry);
  await writeFile(path.join(cwd, 'file'), '');
  await symlink('/dev/null', path.join(cwd, 'device'));
  for (const [output, message] of [
    ['data', /cannot write data: it is a directory \[OUTPUT_INVALID\]$/m],
    ['nosuch/site.inv', /nosuch is no directory \[OUTPUT_INVALID\]$/m],
    ['file/site.inv', /file is no directory \[OUTPUT_INVALID\]$/m],
    ['device', /it is no plain file \[OUTPUT_INVALID\]$/m],
    ['data/docker/registry/v2/blobs/site.inv', /inside the registry's storage \[OUTPUT_INVALID\]$/m],
    ['', /the output has no name \[USAGE\]$/m],
  ] as const) {
    const { code, stderr } = await inventory('-o', output, '--force');
    assert.equal(code, 2, output);
    assert.match(stderr.text(), message);
  }
  const beside = await inventory('-o', 'data/site.inv');
  assert.equal(beside.code, 0);
});

test('a call that makes no sense is told how to be written', async t => {
  const { inventory, cwd } = await place(t, sharingImages().registry);
  for (const [argv, message] of [
    [['app'], /inventory takes no arguments, found "app"/],
    [['--json', '-o', '-'], /--json and -o - both write to standard output/],
  ] as const) {
    const { code, stderr } = await inventory(...argv);
    assert.equal(code, 2);
    assert.match(stderr.text(), message);
  }
  const without = fakeContext(['inventory', '-d', 'data'], { cwd });
  assert.equal(await run(without), 2);
  assert.match(without.stderr.text(), /no output was given/);
});

test('--json is a document also when it fails', async t => {
  const { cwd, inventory } = await place(t, sharingImages().registry);
  const calls: readonly (readonly [argv: readonly string[], code: number, error: string])[] = [
    [['-d', 'nosuch'], 1, 'DATA_DIR_UNKNOWN'],
    [['app'], 2, 'USAGE'],
    [['-o', 'data'], 2, 'OUTPUT_INVALID'],
  ];
  for (const [argv, code, error] of calls) {
    const failed = await inventory('--json', ...argv);
    const { ok, command, digest, totals, errors } = documentOf(failed);
    assert.deepEqual(
      [failed.code, ok, command, digest, totals['blobs']],
      [code, false, 'inventory', null, 0],
    );
    assert.deepEqual(
      errors.map(problem => problem.code),
      [error],
    );
  }
  assert.deepEqual(await readdir(cwd), ['data']);
});

test('what is damaged is left out with a warning, which is no failure', async t => {
  const { registry, app, first } = sharingImages();
  registry.makeEmpty(first.layer(0));
  registry.makeEmpty(app.tagLink('1'));
  const { inventory } = await place(t, registry);
  const { code, stderr, stdout } = await inventory();
  assert.equal(code, 0);
  assert.match(stderr.text(), /^warning: left out of the inventory: blob .* it is empty \[BLOB_SKIPPED\]$/m);
  assert.match(stderr.text(), /^warning: team\/app:1: left out of the inventory: .* \[TAG_SKIPPED\]$/m);
  assert.match(stdout.text(), /\n {2}2 tags in 1 repository\n/);
  const told = await inventory('--json', '--force');
  assert.equal(told.stderr.text(), '');
  assert.deepEqual(
    documentOf(told).warnings.map(warning => warning.code),
    ['BLOB_SKIPPED', 'TAG_SKIPPED'],
  );
});

test("a registry that GitLab's database rules is warned of", async t => {
  const { registry } = sharingImages();
  registry.databaseInUse();
  const { inventory } = await place(t, registry);
  assert.match((await inventory()).stderr.text(), /\[DATABASE_IN_USE\]$/m);
});

test('an interruption leaves nothing behind', async t => {
  const { cwd, context } = await place(t, sharingImages().registry);
  const called = context(['-o', 'site.inv']);
  called.abort(new ScraperError('INTERRUPTED', 'interrupted (SIGINT)'));
  assert.equal(await run(called), 130);
  assert.match(called.stderr.text(), /\[INTERRUPTED\]\nNo inventory was written\.\n$/);
  assert.deepEqual(await readdir(cwd), ['data']);
});

test('a reader that leaves early is a failure: what it has is no inventory', async t => {
  const { context } = await place(t, sharingImages().registry);
  const called = context(['-o', '-']);
  called.closeReader();
  assert.equal(await run(called), 1);
  assert.match(
    called.stderr.text(),
    /the reader of the inventory left before it was complete \[IO_ERROR\]$/m,
  );
});

test('progress counts what was found, and leaves no trace', async t => {
  const { cwd, context } = await place(t, sharingImages().registry);
  const called = context(['-o', 'site.inv'], { isTTY: true });
  const finished = runInventory(inventoryOptions(parse(called.argv), cwd), called);
  called.clock.advance(150);
  assert.equal(await finished, 0);
  assert.equal(called.stderr.text(), '\rTaking inventory: 0 blobs\x1b[K\r\x1b[K');
  assert.equal(called.clock.running(), 0);
});

test('an interruption is heard while a reader keeps the program waiting', async t => {
  const { context } = await place(t, sharingImages().registry);
  const called = context(['-o', '-']);
  const waiting = {
    ...called,
    drained: () => {
      called.abort(new ScraperError('INTERRUPTED', 'interrupted (SIGINT)'));
      return new Promise<void>(() => undefined);
    },
  };
  assert.equal(await run(waiting), 130);
});

const call = (cwd: string, ...argv: string[]): Promise<Finished> =>
  execute(process.execPath, [main, 'inventory', '-d', 'data', ...argv], { cwd });

test('the program writes the same bytes to a file and to a pipe', async t => {
  const { cwd } = await place(t, sharingImages().registry);
  assert.equal((await call(cwd, '-o', 'site.inv')).status, 0);
  const child = spawn(process.execPath, [main, 'inventory', '-d', 'data', '-o', '-'], { cwd });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  assert.deepEqual(await once(child, 'close'), [0, null]);
  assert.ok(Buffer.concat(chunks).equals(await readFile(path.join(cwd, 'site.inv'))));
  await writeFile(path.join(cwd, 'any'), '');
  const modes = ['site.inv', 'any'].map(async name => (await stat(path.join(cwd, name))).mode);
  assert.equal(...((await Promise.all(modes)) as [number, number]));
});

test('the program ends on Ctrl-C, and leaves nothing', async t => {
  const registry = buildRegistry();
  for (let blob = 0; blob < 2000; blob += 1) registry.orphan(1000 + blob);
  const { cwd } = await place(t, registry);
  const child = spawn(process.execPath, [main, 'inventory', '-d', 'data', '-o', '-'], { cwd });
  // more than a pipe holds, and nobody reads on
  child.stdout.once('readable', () => child.kill('SIGINT'));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 130);
  assert.match(stderr, /\[INTERRUPTED\]/);
  child.stdout.destroy();
});
