import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { memoryDriver, type MemoryEntry } from '../storage/memory.ts';
import { filesystemDriver } from '../storage/filesystem.ts';
import { gather } from '../testing/gather.ts';
import { buildRegistry } from '../testing/registry.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { belowDriver, findRegistryBelow, parsePathBelow } from './below.ts';
import { parsePath } from './layout.ts';
import { registrySource } from './source.ts';

const registry = buildRegistry();
const image = registry.repository('team/app').image({ tag: '1' });

/** The registry in directories, among others. */
function tree(prefix: string, ...others: readonly string[]): Map<string, MemoryEntry> {
  const entries = new Map<string, MemoryEntry>();
  for (const [path, entry] of registry.tree)
    entries.set(prefix + path, entry instanceof Uint8Array ? entry : 'directory');
  for (const other of others) entries.set(other, Buffer.from('x'));
  return entries;
}

async function tagsFound(entries: ReadonlyMap<string, MemoryEntry>): Promise<unknown> {
  const driver = await findRegistryBelow(memoryDriver(entries), 'x.tar');
  const source = registrySource(driver, () => undefined);
  return [await gather(source.repositories()), await source.tagTarget('team/app', '1')];
}

const expected = [['team/app'], image.digest];

test('a registry is found at the root, and in directories around it', async () => {
  for (const prefix of ['', 'out/', 'var/lib/registry/'])
    assert.deepEqual(
      await tagsFound(tree(prefix, 'readme', 'other/file', 'other/docker/x')),
      expected,
      prefix,
    );
});

test('what stands nearest to the root is taken', async () => {
  const entries = new Map([...tree('copy/old/'), ...tree('')]);
  assert.deepEqual(await tagsFound(entries), expected);
});

async function refused(entries: ReadonlyMap<string, MemoryEntry>, says: RegExp): Promise<void> {
  await assert.rejects(findRegistryBelow(memoryDriver(entries), 'x.tar'), (error: unknown) => {
    assert.ok(isScraperError(error, 'NOT_A_REGISTRY'), String(error));
    assert.match(error.message, says);
    assert.match(error.details.hint ?? '', /tar -C DIR -cf/);
    return true;
  });
}

test('several side by side are refused, because nobody knows which is meant', async () => {
  const entries = new Map([...tree('a/'), ...tree('b/')]);
  await refused(entries, /^no registry in x.tar: it holds several: a\/, b\/$/);
});

test('where there is none, it is said what is there', async () => {
  await refused(new Map(), /found nothing at all$/);
  await refused(
    new Map([['etc/passwd', Buffer.from('')]]),
    /expected docker\/registry\/v2 in it, found etc$/,
  );
  const many = ['e', 'd', 'c', 'b', 'a'].map(name => [name, Buffer.from('')] as const);
  await refused(new Map(many), /found a, b, c, d and 1 more$/);
});

test('neither too deep nor halfway in, and no file counts', async () => {
  await refused(tree('a/b/c/d/'), /found a$/);
  const inside = [...tree('')].map(([path, entry]) => [path.slice('docker/'.length), entry] as const);
  await refused(new Map(inside), /found registry$/);
  await refused(new Map([['docker/registry/v2', Buffer.from('')]]), /found docker$/);
  await refused(new Map([['docker', Buffer.from('')]]), /found docker$/);
});

test('very many directories do not keep anybody busy', async () => {
  const entries = new Map<string, MemoryEntry>();
  for (let at = 0; at < 500; at++)
    for (let b = 0; b < 5; b++) entries.set(`${String(at)}/${String(b)}/x/y/z`, 'directory');
  let asked = 0;
  const driver = memoryDriver(entries);
  const counted = { ...driver, stat: (path: string) => ((asked += 1), driver.stat(path)) };
  await assert.rejects(findRegistryBelow(counted, 'x.tar'), /and 496 more$/);
  assert.ok(asked < 1000, String(asked));
});

test('below a directory everything goes by the paths that begin there', async t => {
  const root = await temporaryDirectory(t);
  await registry.write(`${root}/a/b`);
  const whole = filesystemDriver({ root });
  const below = belowDriver(whole, 'a/b/');
  const [path = ''] = [...registry.tree.keys()].filter(one => one.includes('/blobs/'));
  assert.equal(below.describe(path), whole.describe(`a/b/${path}`));
  assert.deepEqual(await below.stat(path), await whole.stat(`a/b/${path}`));
  assert.deepEqual(await below.read(path, 1e6), await whole.read(`a/b/${path}`, 1e6));
  assert.deepEqual(await gather(below.stream(path)), await gather(whole.stream(`a/b/${path}`)));
  assert.deepEqual(await gather(below.list('docker')), [{ name: 'registry', kind: 'directory' }]);
  assert.deepEqual(await below.localRange?.(path), await whole.localRange?.(`a/b/${path}`));
  const blob = path.slice(0, path.lastIndexOf('/', path.lastIndexOf('/') - 1));
  const leaves = await below.leaves?.(blob, 'data');
  assert.equal(leaves?.length, 1);
  assert.deepEqual(leaves, await whole.leaves?.(`a/b/${blob}`, 'data'));
  const bare = belowDriver({ ...memoryDriver(tree('x/')) }, 'x/');
  assert.deepEqual([bare.leaves, bare.localRange], [undefined, undefined]);
});

test('a path is understood whatever directories are around the registry', () => {
  for (const path of registry.tree.keys())
    for (const around of ['', 'out/', 'a/b/c/', 'docker/', 'mydocker/registry/v2/'])
      assert.deepEqual(parsePathBelow(around + path), parsePath(path), around + path);
  for (const path of ['', 'docker', 'out/docker/registry/v2', 'mydocker/registry/v2/blobs', 'etc/passwd'])
    assert.equal(parsePathBelow(path), undefined, path);
});
