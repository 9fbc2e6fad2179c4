import assert from 'node:assert/strict';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { openArchive } from './archive/open.ts';
import { paddingFor } from './archive/tar.ts';
import { MANIFEST_PATH, SIGNATURE_PATH } from './bundle/manifest.ts';
import { parsePath } from './registry/layout.ts';
import { inspect } from './end-to-end/inspect.ts';
import { appliesAnew, refusesToApply, verifies } from './testing/applied.ts';
import { applies, call } from './testing/call.ts';
import { seededRandom } from './testing/random.ts';
import { plainShipment, shippingPlace, type ShippingPlace } from './testing/shipping-place.ts';
import { listDirectory, type Listing } from './testing/tree.ts';

/** Into how many stretches an archive is cut. */
const CUTS = 20;

describe('archives that came damaged', () => {
  let place: ShippingPlace;
  let expected: Listing;
  const whole = new Map<string, Buffer>();
  const tidy: (() => Promise<void>)[] = [];

  before(async () => {
    place = await shippingPlace({ after: work => void tidy.push(work) }, plainShipment());
    for (const name of ['x.tar', 'x.tar.gz', 'x.tar.zst']) {
      await place.pack(name, '--sign', 'ed.key');
      whole.set(name, await readFile(place.at(name)));
    }
    const { code, listing } = await appliesAnew(place, 'x.tar');
    assert.equal(code, 0);
    expected = listing;
  });
  after(async () => {
    for (const work of tidy) await work();
  });

  const bytesOf = (name: string): Buffer => whole.get(name) ?? assert.fail(name);

  for (const name of ['x.tar', 'x.tar.gz', 'x.tar.zst'])
    test(`${name}, cut anywhere, is refused, and no tag shows up`, async () => {
      const bytes = bytesOf(name);
      const broken = `broken-${name}`;
      for (let cut = 0; cut < CUTS; cut++) {
        await writeFile(place.at(broken), bytes.subarray(0, Math.floor((bytes.length * cut) / CUTS)));
        const { code, message, hint } = await refusesToApply(place, 4, broken);
        assert.equal(code, 'ARCHIVE_TRUNCATED', `${String(cut)}/20: ${message}`);
        assert.ok(hint);
        const verified = await verifies(place, broken);
        assert.equal(verified.code, 4, `${String(cut)}/20: ${verified.text}`);
      }
      for (const less of [1, 2, 512, 513]) {
        await writeFile(place.at(broken), bytes.subarray(0, -less));
        await refusesToApply(place, 4, broken);
      }
    });

  test('what was written before the damage was met is told, and nothing leads to it', async () => {
    const { at, cwd } = place;
    const bytes = bytesOf('x.tar.gz');
    await writeFile(at('cut.tar.gz'), bytes.subarray(0, Math.floor(bytes.length * 0.95)));
    const { code, stderr } = await call(cwd, 'apply', 'cut.tar.gz', '-d', 'site');
    assert.equal(code, 4);
    assert.match(stderr, /ARCHIVE_TRUNCATED[^]*\nOnly blobs were written, to which nothing leads: /);
    const again = await applies(cwd, 'cut.tar.gz', '-d', 'site');
    assert.equal(again.report.totals.copiedBytes, 0);
    assert.deepEqual((await inspect(at('site'))).tags, []);
    const whole = await applies(cwd, 'x.tar.gz', '-d', 'site');
    assert.equal(whole.code, 0);
    assert.ok(whole.report.totals.skippedBytes > 0);
    assert.deepEqual(await listDirectory(at('site')), expected);
  });

  test('parts, cut anywhere, are refused, with checksums beside them or without', async () => {
    const { at, pack } = place;
    await pack('s.tar', '--split', '64KiB');
    const [first, second, sums] = await Promise.all(
      ['s.tar.001', 's.tar.002', 's.tar.sha256'].map(name => readFile(at(name))),
    );
    assert.ok(first && second && sums);
    const total = first.length + second.length;
    for (let cut = 1; cut < CUTS; cut++) {
      const length = Math.floor((total * cut) / CUTS);
      await writeFile(at('s.tar.001'), first.subarray(0, length));
      if (length > first.length) await writeFile(at('s.tar.002'), second.subarray(0, length - first.length));
      else await rm(at('s.tar.002'), { force: true });
      await rm(at('s.tar.sha256'), { force: true });
      await refusesToApply(place, 4, 's.tar.001');
      assert.equal((await verifies(place, 's.tar.001')).code, 4);
      await writeFile(at('s.tar.sha256'), sums);
      // with the checksums it is known that a part is missing
      const exitCode: number = length > first.length ? 4 : 3;
      const { message } = await refusesToApply(place, exitCode, 's.tar');
      assert.match(message, /s\.tar\.002/);
      assert.equal((await verifies(place, 's.tar')).code, exitCode);
    }
  });

  /** Applies an archive in which one bit is another, and tells whether it was refused or did no harm. */
  async function flip(
    name: string,
    bit: number,
    ...argv: readonly string[]
  ): Promise<'refused' | 'harmless'> {
    const bytes = Buffer.from(bytesOf(name));
    const at = Math.floor(bit / 8);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (bit % 8)), at);
    await writeFile(place.at('flipped'), bytes);
    const { code, listing, errors } = await appliesAnew(place, 'flipped', ...argv);
    if (code === 0)
      assert.deepEqual(listing, expected, `bit ${String(bit)} of ${name} changed what was applied`);
    else assert.equal(code, 4, `bit ${String(bit)} of ${name}: ${JSON.stringify(errors)}`);
    return code === 0 ? 'harmless' : 'refused';
  }

  /** What a tar consists of: where each stretch begins, in bytes, and how long it is. */
  interface Stretch {
    readonly what: string;
    readonly start: number;
    readonly length: number;
  }

  async function stretchesOf(name: string): Promise<readonly Stretch[]> {
    let end = 0;
    const stretches: Stretch[] = [];
    const add = (what: string, length: number): void => {
      if (length > 0) stretches.push({ what, start: end, length });
      end += length;
    };
    const archive = await openArchive(place.at(name));
    for await (const { path, kind, size, offset } of archive.entries(new AbortController().signal)) {
      const what = kind === 'directory' ? kind : whatIs(path);
      add(`header of a ${what}`, offset - end);
      add(what, size);
      add('padding', paddingFor(size));
    }
    await archive.close();
    add('end', bytesOf(name).length - end);
    return stretches;
  }

  function whatIs(path: string): string {
    if (path === SIGNATURE_PATH) return 'signature';
    if (path === MANIFEST_PATH) return 'manifest';
    return parsePath(path)?.kind === 'blob' ? 'blob' : 'link';
  }

  const wanted: Readonly<Record<string, 'refused' | 'harmless' | 'either'>> = {
    'header of a manifest': 'refused',
    'header of a signature': 'refused',
    'header of a blob': 'refused',
    'header of a link': 'refused',
    'header of a directory': 'refused',
    blob: 'refused',
    link: 'refused',
    end: 'refused',
    // what only tells, such as the version of the program, is not missed by anybody who does not ask for a signature
    manifest: 'either',
    signature: 'harmless',
    padding: 'harmless',
  };
  for (const [what, outcome] of Object.entries(wanted))
    test(`one bit flipped in a tar: ${what} (${outcome})`, async () => {
      const random = seededRandom(`flip ${what}`);
      const stretches = (await stretchesOf('x.tar')).filter(one => one.what === what);
      assert.ok(stretches.length > 0, what);
      const times = outcome === 'harmless' ? 1 : Math.max(1, Math.ceil(12 / stretches.length));
      // what is refused takes no time
      const most = outcome === 'harmless' ? 8 : 24;
      const some = stretches.filter((_, index) => index % Math.ceil(stretches.length / most) === 0);
      for (const { start, length } of some)
        for (let time = 0; time < times; time++) {
          const bit = start * 8 + random.integer(length * 8);
          const found = await flip('x.tar', bit, '--on-existing-tag', 'overwrite');
          if (outcome !== 'either') assert.equal(found, outcome, `${what}: bit ${String(bit)}`);
        }
    });

  test('one bit flipped in the manifest or its signature is refused when the signature is checked', async () => {
    const random = seededRandom('flip signed');
    const stretches = await stretchesOf('x.tar');
    for (const what of ['manifest', 'signature']) {
      const { start = 0, length = 0 } = stretches.find(one => one.what === what) ?? {};
      for (let time = 0; time < 12; time++) {
        const bit = start * 8 + random.integer(length * 8);
        assert.equal(
          await flip('x.tar', bit, '--verify-key', 'ed.pub'),
          'refused',
          `${what}: ${String(bit)}`,
        );
      }
    }
  });

  for (const name of ['x.tar.gz', 'x.tar.zst'])
    test(`one bit flipped anywhere in ${name} is refused or does no harm`, async () => {
      const random = seededRandom(`flip ${name}`);
      const { length } = bytesOf(name);
      const found = { refused: 0, harmless: 0 };
      for (let stretch = 0; stretch < 60; stretch++) {
        const from = Math.floor((length * 8 * stretch) / 60);
        found[await flip(name, from + random.integer(Math.floor((length * 8) / 60)))] += 1;
      }
      assert.ok(found.refused > 55, JSON.stringify(found));
    });

  test('one bit flipped in the checksums is told by a verification, and harms no apply', async () => {
    const { at } = place;
    const sums = await readFile(at('x.tar.sha256'));
    await copyFile(at('x.tar'), at('y.tar'));
    for (const position of [0, 31, 63]) {
      const changed = Buffer.from(sums.toString().replace('x.tar', 'y.tar'));
      changed.writeUInt8(changed.readUInt8(position) === 0x30 ? 0x31 : 0x30, position);
      await writeFile(at('y.tar.sha256'), changed);
      const verified = await verifies(place, 'y.tar');
      assert.equal(verified.code, 4);
      assert.match(verified.text, /y\.tar has SHA-256 .*expected/s);
      assert.equal((await appliesAnew(place, 'y.tar')).code, 0);
    }
  });
});
