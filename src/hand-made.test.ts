import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { before, describe, after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { appliesAnew, refusesToApply, verifies } from './testing/applied.ts';
import { applies, call, callWith } from './testing/call.ts';
import { packed, unpacked, type PackedEntry } from './testing/packed-bundle.ts';
import { requirements } from './testing/requirements.ts';
import { mustRun } from './testing/run.ts';
import { plainShipment, shippingPlace, type ShippingPlace } from './testing/shipping-place.ts';
import { listDirectory, type Listing } from './testing/tree.ts';

/** How somebody packs a directory `out` that was scraped, in the directory above it. */
const ways: Readonly<Record<string, string>> = {
  'its root directory': 'tar -C out -cf h.tar docker',
  'all in it, with ./': 'tar -C out -cf h.tar .',
  'the directory around it': 'tar -cf h.tar out',
  'the directory around it, with ./': 'tar -cf h.tar ./out',
  'directories around it': 'mkdir -p a/b && cp -r out a/b/ && tar -cf h.tar a',
  'another format': 'tar --format=gnu -C out -cf h.tar .',
  'other owners, times and an order of its own':
    'tar --owner=1000 --group=1000 --mtime=2001-01-01 --sort=name -C out -cf h.tar docker',
  'links before blobs': 'tar -C out -cf h.tar docker/registry/v2/repositories docker/registry/v2/blobs',
  'something beside it': 'cp -r out beside && echo hello > beside/README && tar -cf h.tar beside',
};

describe('archives that were packed by hand', { skip: requirements(['tar']) }, () => {
  let place: ShippingPlace;
  let expected: Listing;
  const tidy: (() => Promise<void>)[] = [];

  before(async () => {
    place = await shippingPlace({ after: work => void tidy.push(work) }, plainShipment());
    await place.pack('out');
    await place.pack('x.tar', '--sign', 'ed.key');
    expected = await listDirectory(place.at('out'));
  });
  after(async () => {
    for (const work of tidy) await work();
  });

  const shell = (command: string): Promise<string> => mustRun('sh', ['-c', command], { cwd: place.cwd });

  for (const [how, command] of Object.entries(ways))
    test(`${how}: accepted plain, compressed, and from standard input`, async () => {
      const { at, cwd } = place;
      await shell(`rm -rf a beside h.tar; ${command}`);
      const bytes = await readFile(at('h.tar'));
      await writeFile(at('h.tar.gz'), gzipSync(bytes));
      await writeFile(at('h.tar.zst'), zstdCompressSync(bytes));
      for (const name of ['h.tar', 'h.tar.gz', 'h.tar.zst']) {
        const { code, listing, errors } = await appliesAnew(place, name);
        assert.equal(code, 0, JSON.stringify(errors));
        assert.deepEqual(listing, expected, name);
      }
      assert.equal((await verifies(place, 'h.tar')).code, 0);
      assert.equal((await call(cwd, 'diff', 'h.tar.gz', 'out')).code, 0);
      assert.equal((await call(cwd, 'ls', '-d', 'h.tar')).code, 0);
      assert.equal((await applies(cwd, 'h.tar.zst', '-d', 'site', '-n')).code, 0);
      for (const [stdin, flags] of [
        [bytes, ['-n']],
        [bytes, []],
        [gzipSync(bytes), []],
      ] as const) {
        await rm(at('piped'), { recursive: true, force: true });
        await mkdir(at('piped'));
        const argv = ['apply', '-', '-d', 'piped', '--no-fsync', ...flags];
        const { code, stderr } = await callWith({ cwd, stdin }, ...argv);
        assert.equal(code, 0, stderr);
        assert.deepEqual(await listDirectory(at('piped')), flags.length > 0 ? new Map() : expected);
      }
    });

  test('a bundle that was unpacked and packed anew is one still, if its manifest comes first', async () => {
    await shell('rm -rf u && mkdir u && tar -C u -xf x.tar');
    await shell('tar -C u -cf h.tar registry-scraper.json registry-scraper.json.sig docker');
    const { code, listing } = await appliesAnew(place, 'h.tar', '--verify-key', 'ed.pub');
    assert.equal(code, 0);
    assert.deepEqual(listing, expected);
    await shell('echo x > u/docker/stranger');
    await shell('tar -C u -cf h.tar registry-scraper.json docker');
    assert.match((await refusesToApply(place, 4, 'h.tar')).message, /docker\/stranger.* is not announced/);
    await shell(
      'rm u/docker/stranger && tar -C u -cf h.tar docker registry-scraper.json registry-scraper.json.sig',
    );
    assert.equal((await appliesAnew(place, 'h.tar')).code, 0);
    assert.equal((await refusesToApply(place, 4, 'h.tar', '--verify-key', 'ed.pub')).code, 'UNSIGNED');
  });

  /** The entries of a plain tar of the directory, changed. */
  async function refusesChanged(
    change: (entries: readonly PackedEntry[]) => readonly PackedEntry[],
    exitCode: number,
    says: RegExp,
  ): Promise<void> {
    const { at, cwd } = place;
    await shell('tar --format=ustar -C out -cf h.tar docker');
    const bytes = packed(change(await unpacked(await readFile(at('h.tar')))));
    await writeFile(at('h.tar'), bytes);
    await writeFile(at('h.tar.gz'), gzipSync(bytes));
    for (const name of ['h.tar', 'h.tar.gz']) {
      const failure = await refusesToApply(place, exitCode, name);
      assert.match(failure.message, says, name);
      assert.equal((await verifies(place, name)).code, exitCode, name);
    }
    await rm(at('piped'), { recursive: true, force: true });
    await mkdir(at('piped'));
    const { code, stderr } = await callWith({ cwd, stdin: bytes }, 'apply', '-', '-d', 'piped', '--no-fsync');
    assert.equal(code, exitCode, stderr);
    assert.ok([...(await listDirectory(at('piped'))).keys()].every(name => !name.includes('/repositories/')));
  }

  test('one from which a layer, a manifest or its link is missing is refused', async () => {
    const without = (pattern: RegExp) => (entries: readonly PackedEntry[]) => {
      const index = entries.findIndex(({ path, content }) => content && pattern.test(path));
      assert.notEqual(index, -1);
      return entries.toSpliced(index, 1);
    };
    const { manifest, layer } = await digestsOf();
    await refusesChanged(without(new RegExp(`${layer}/data$`)), 3, new RegExp(layer));
    await refusesChanged(without(new RegExp(`${manifest}/data$`)), 3, new RegExp(manifest));
    await refusesChanged(without(new RegExp(`revisions/sha256/${manifest}/link$`)), 3, new RegExp(manifest));
  });

  test("a layer's link that is missing is made, as a scrape makes it", async () => {
    const { layer } = await digestsOf();
    const link = `docker/registry/v2/repositories/team/app/_layers/sha256/${layer}/link`;
    await shell(`tar -C out --exclude=${link} -cf h.tar docker`);
    const { code, listing } = await appliesAnew(place, 'h.tar');
    assert.equal(code, 0);
    assert.deepEqual(listing, expected);
  });

  test('one in which a link or a manifest is something else is refused', async () => {
    const { manifest, layer } = await digestsOf();
    const with_ = (pattern: RegExp, content: string) => (entries: readonly PackedEntry[]) =>
      entries.map(entry => (pattern.test(entry.path) ? { ...entry, content: Buffer.from(content) } : entry));
    const tag = /team\/app\/_manifests\/tags\/1\/current\/link$/;
    await refusesChanged(with_(tag, 'hello'), 4, /team\/app|link/);
    await refusesChanged(with_(tag, `sha256:${'0'.repeat(64)}`), 3, /0000/);
    await refusesChanged(
      with_(new RegExp(`${manifest}/data$`), '{"schemaVersion": 2}'),
      4,
      new RegExp(manifest),
    );
    await refusesChanged(with_(new RegExp(`_layers/sha256/${layer}/link$`), 'sha256:x'), 4, /link/);
  });

  test('one that holds no registry, or several, is none', async () => {
    await shell('rm -rf two h.tar && mkdir two && cp -r out two/a && cp -r out two/b && tar -cf h.tar two');
    assert.match((await refusesToApply(place, 1, 'h.tar')).message, /it holds several: two\/a\/, two\/b\//);
    await shell('tar -C out/docker -cf h.tar registry');
    assert.match((await refusesToApply(place, 1, 'h.tar')).message, /no registry in .*found registry$/);
    await shell('tar -cf h.tar ed.pub');
    assert.match((await refusesToApply(place, 1, 'h.tar')).message, /found ed\.pub$/);
    await shell('tar -cf h.tar -T /dev/null');
    assert.match((await refusesToApply(place, 1, 'h.tar')).message, /found nothing at all$/);
  });

  /** Of the image team/app:1. */
  async function digestsOf(): Promise<{ readonly manifest: string; readonly layer: string }> {
    const { stdout } = await call(place.cwd, 'inspect', 'team/app:1', '-d', 'out', '--raw');
    const { layers } = JSON.parse(stdout) as { layers: { digest: string }[] };
    const link = await readFile(
      place.at('out/docker/registry/v2/repositories/team/app/_manifests/tags/1/current/link'),
    );
    return { manifest: link.toString().slice(7), layer: layers[1]?.digest.slice(7) ?? '' };
  }
});
