import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { isScraperError, type ErrorCode } from '../errors.ts';
import { pathFor } from '../registry/layout.ts';
import type { Tidied } from '../testing/temporary.ts';
import { listTree, type Listing, type TreeEntry } from '../testing/tree.ts';
import { flipped, localBlob, noise, sha, streamBlob } from '../testing/unverified.ts';
import type { Sink, SinkSession, UnverifiedBlob } from './sink.ts';

/** A place that sinks write to, as the suite needs it. */
export interface SinkPlace {
  /** Another sink into the same place, not yet opened. */
  sink(): Sink;
  /** What stands there now. */
  listing(): Promise<Listing>;
  /** Puts a file there without a sink. */
  put(path: string, bytes: Uint8Array): Promise<void>;
}

interface Opened {
  readonly place: SinkPlace;
  readonly sink: Sink;
  /** Closes the sink, once however often it is called. */
  close(): Promise<void>;
  abort(reason: Error): void;
  /** Bytes proved so far; exact when the sink is closed. */
  count(): number;
}

const LARGE = 3 * 1024 * 1024 + 17;
const repository = 'team/app';

/** What every sink must do. `makePlace` gives a fresh, empty place for each test. */
export function sinkSuite(name: string, makePlace: (t: Tidied) => Promise<SinkPlace>): void {
  /** A place and one open sink into it, which is closed after the test at the latest. */
  async function openSink(t: Tidied): Promise<Opened> {
    const place = await makePlace(t);
    const sink = place.sink();
    const controller = new AbortController();
    let count = 0;
    const onBytes = (bytes: number): void => void (count += bytes);
    await sink.open({ signal: controller.signal, onBytes, onWarning: () => undefined });
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => (closing ??= sink.close());
    t.after(close);
    return { place, sink, close, abort: reason => controller.abort(reason), count: () => count };
  }

  for (const source of ['a stream', 'a local file'] as const) {
    const blobOf = (
      t: Tidied,
      bytes: Uint8Array,
      claim?: Partial<UnverifiedBlob>,
    ): Promise<UnverifiedBlob> =>
      source === 'a stream' ? Promise.resolve(streamBlob(bytes, claim)) : localBlob(t, bytes, claim);

    describe(`${name} fed from ${source}`, () => {
      for (const size of [0, 1, 1000, LARGE]) {
        test(`publishes a blob of ${String(size)} bytes`, async t => {
          const { place, sink, close, count } = await openSink(t);
          const bytes = noise(size);
          const blob = await blobOf(t, bytes);
          assert.ok(['copied', 'linked'].includes(await sink.writeBlob(blob)));
          assert.equal(await sink.size(blob.path), size);
          await close();
          assert.equal(count(), size);
          assert.deepEqual(await place.listing(), listingOf([blob.path, bytes]));
        });
      }

      const wrong: readonly (readonly [string, ErrorCode, Uint8Array, Partial<UnverifiedBlob>])[] = [
        ['has another digest', 'DIGEST_MISMATCH', noise(5000), { digests: [sha('sha256', noise(5001))] }],
        [
          'has one bit flipped',
          'DIGEST_MISMATCH',
          flipped(noise(LARGE)),
          { digests: [sha('sha256', noise(LARGE))] },
        ],
        ['is shorter than it should be', 'SIZE_INVALID', noise(5000), { size: 5001 }],
        ['is longer than it should be', 'SIZE_INVALID', noise(5000), { size: 4999 }],
        [
          'is empty and should not be',
          'SIZE_INVALID',
          noise(0),
          { size: 10, digests: [sha('sha256', noise(10))] },
        ],
        [
          'should be empty and is not',
          'SIZE_INVALID',
          noise(10),
          { size: 0, digests: [sha('sha256', noise(0))] },
        ],
        [
          'fits its first digest and not its second',
          'DIGEST_MISMATCH',
          noise(5000),
          { digests: [sha('sha256', noise(5000)), sha('sha512', noise(5001))] },
        ],
        [
          'fits its second digest and not its first',
          'DIGEST_MISMATCH',
          noise(5000),
          { digests: [sha('sha256', noise(5001)), sha('sha512', noise(5000))] },
        ],
      ];
      for (const [what, code, bytes, claim] of wrong) {
        test(`publishes nothing of a blob that ${what}`, async t => {
          const { place, sink, close } = await openSink(t);
          const sound = await blobOf(t, noise(20));
          await sink.writeBlob(sound);
          const blob = await blobOf(t, bytes, claim);
          await assert.rejects(sink.writeBlob(blob), failure(code, blob.origin));
          assert.equal(await sink.size(blob.path), undefined);
          await close();
          assert.deepEqual([...(await place.listing()).keys()], [sound.path]);
        });
      }

      test('leaves what was there when a blob that should replace it is wrong', async t => {
        const { place, sink, close } = await openSink(t);
        const before = await blobOf(t, noise(300));
        await sink.writeBlob(before);
        const wrongBlob = await blobOf(t, flipped(noise(300)), {
          path: before.path,
          digests: before.digests,
        });
        await assert.rejects(sink.writeBlob(wrongBlob), failure('DIGEST_MISMATCH', wrongBlob.origin));
        await close();
        assert.deepEqual(await place.listing(), listingOf([before.path, noise(300)]));
      });

      test('replaces a file of other content under the same name', async t => {
        const { place, sink, close } = await openSink(t);
        const blob = await blobOf(t, noise(400));
        await place.put(blob.path, flipped(noise(400)));
        await sink.writeBlob(blob);
        await close();
        assert.deepEqual(await place.listing(), listingOf([blob.path, noise(400)]));
      });

      test('proves both digests of a blob that is referred to by SHA-512 too', async t => {
        const { sink } = await openSink(t);
        const bytes = noise(7000);
        const blob = await blobOf(t, bytes, { digests: [sha('sha256', bytes), sha('sha512', bytes)] });
        await sink.writeBlob(blob);
        assert.equal(await sink.size(blob.path), 7000);
      });

      test('stops before it starts when the signal is aborted', async t => {
        const { place, sink, close, abort } = await openSink(t);
        const blob = await blobOf(t, noise(100));
        const reason = new Error('stopped');
        abort(reason);
        await assert.rejects(sink.writeBlob(blob), reason);
        await close();
        assert.equal((await place.listing()).size, 0);
      });

      test('writes as many blobs at once as it says it can, and the same one twice', async t => {
        const { place, sink, close } = await openSink(t);
        const sizes = Array.from({ length: sink.inFlight * 2 }, (_, index) => 1000 + Math.floor(index / 2));
        const blobs = await Promise.all(sizes.map(size => blobOf(t, noise(size))));
        await Promise.all(blobs.map(blob => sink.writeBlob(blob)));
        await close();
        const expected = [...new Set(blobs.map(blob => blob.path))].sort();
        assert.deepEqual([...(await place.listing()).keys()], expected);
      });
    });
  }

  describe(name, () => {
    test('stops in the middle of a blob when the signal is aborted, and leaves nothing of it', async t => {
      const { place, sink, close, abort } = await openSink(t);
      const reason = new Error('stopped');
      const bytes = noise(LARGE);
      const stream = async function* (): AsyncGenerator<Uint8Array> {
        yield bytes.subarray(0, 1000);
        await new Promise(resolve => setImmediate(resolve));
        abort(reason);
        yield bytes.subarray(1000);
      };
      const blob = streamBlob(bytes, { stream });
      await assert.rejects(sink.writeBlob(blob), reason);
      await close();
      assert.equal((await place.listing()).size, 0);
    });

    test('passes on the failure of a source, and leaves nothing of the blob', async t => {
      const { place, sink, close } = await openSink(t);
      const broken = new Error('the source broke');
      const stream = async function* (): AsyncGenerator<Uint8Array> {
        yield noise(10);
        await Promise.reject(broken);
      };
      await assert.rejects(sink.writeBlob(streamBlob(noise(20), { stream })), broken);
      await close();
      assert.equal((await place.listing()).size, 0);
    });

    test('does not read on after a source has given more than it should', async t => {
      const { sink } = await openSink(t);
      let asked = 0;
      const stream = async function* (): AsyncGenerator<Uint8Array> {
        for (;;) {
          asked += 1;
          yield await Promise.resolve(noise(1000));
        }
      };
      const blob = streamBlob(noise(1500), { stream });
      await assert.rejects(sink.writeBlob(blob), failure('SIZE_INVALID', blob.origin));
      assert.ok(asked < 10_000, `asked for ${String(asked)} chunks`);
    });

    test('publishes links in the order given, and stops at the first that fails', async t => {
      const { sink } = await openSink(t);
      const [first, second, third] = [link('1'), link('2'), link('3')];
      // a directory stands where the second is to go
      await sink.publish([`${second.path}/in-the-way`], []);
      await assert.rejects(sink.publish([], [first, second, third]));
      assert.equal(await sink.readLink(first.path), first.content);
      assert.equal(await sink.readLink(second.path), undefined);
      assert.equal(await sink.size(third.path), undefined);
    });

    test('writes links to the byte, makes empty directories, and nothing else', async t => {
      const { place, sink, close } = await openSink(t);
      const uploads = pathFor({ kind: 'uploads', repository });
      const tagLink = link('1.2');
      await sink.publish([uploads], [tagLink]);
      await sink.publish([uploads], [tagLink]);
      await close();
      const expected = listingOf([tagLink.path, Buffer.from(tagLink.content)], [uploads, 'directory']);
      assert.deepEqual(await place.listing(), expected);
    });

    test('moves a link to other content', async t => {
      const { sink } = await openSink(t);
      const [before, after] = [link('1.2', 1), link('1.2', 2)];
      await sink.publish([], [before]);
      await sink.publish([], [after]);
      assert.equal(await sink.readLink(before.path), after.content);
    });

    test('publishes nothing when the signal is aborted', async t => {
      const { place, sink, close, abort } = await openSink(t);
      const reason = new Error('stopped');
      abort(reason);
      await assert.rejects(sink.publish([], [link('1')]), reason);
      await close();
      assert.equal((await place.listing()).size, 0);
    });

    test('says what is there', async t => {
      const { place, sink } = await openSink(t);
      const { path: file, content } = link('1');
      const directory = path.posix.dirname(file);
      const long = pathFor({ kind: 'tagLink', repository, tag: 'long' });
      assert.equal(await sink.size(file), undefined);
      assert.equal(await sink.readLink(file), undefined);
      assert.equal(await sink.read(file, 100), undefined);
      assert.equal(await sink.hasDirectory(directory), false);
      await place.put(file, Buffer.from(content));
      await place.put(long, noise(100_000));
      assert.equal(await sink.size(file), content.length);
      assert.equal(await sink.size(directory), undefined);
      assert.equal(await sink.size(`${file}/below-a-file`), undefined);
      assert.equal(await sink.readLink(file), content);
      assert.equal(await sink.readLink(directory), undefined);
      assert.equal(await sink.readLink(`${file}/below-a-file`), undefined);
      assert.equal(await sink.readLink(long), undefined);
      assert.deepEqual(await readBytes(sink, long, 100_000), noise(100_000));
      assert.equal(await sink.read(long, 99_999), undefined);
      assert.equal(await sink.read(directory, 100_000), undefined);
      assert.equal(await sink.read(`${file}/below-a-file`, 100_000), undefined);
      assert.equal(await sink.hasDirectory(''), true);
      assert.equal(await sink.hasDirectory(directory), true);
      assert.equal(await sink.hasDirectory(file), false);
      const free = await sink.freeBytes();
      assert.ok(free === undefined || free > 0);
    });

    test('answers what is there before it is opened, and writes nothing by that', async t => {
      const place = await makePlace(t);
      const sink = place.sink();
      assert.equal(await sink.size(link('1').path), undefined);
      assert.equal(await sink.hasDirectory(pathFor({ kind: 'repositories' })), false);
      assert.equal((await place.listing()).size, 0);
    });

    test('tells a sound file from a damaged, a shorter and a missing one', async t => {
      const { place, sink, close, count } = await openSink(t);
      const blob = streamBlob(noise(LARGE));
      assert.equal(await sink.verify(blob), false);
      await place.put(blob.path, flipped(noise(LARGE)));
      assert.equal(await sink.verify(blob), false);
      await place.put(blob.path, noise(LARGE).subarray(1));
      assert.equal(await sink.verify(blob), false);
      await place.put(blob.path, noise(LARGE));
      assert.equal(await sink.verify(blob), true);
      await close();
      assert.ok(count() >= LARGE);
    });

    test('does no harm to another sink that is writing into the same place', async t => {
      const { place, sink: slow, close } = await openSink(t);
      const bytes = noise(LARGE);
      const gate = Promise.withResolvers<undefined>();
      const started = Promise.withResolvers<undefined>();
      const stream = async function* (): AsyncGenerator<Uint8Array> {
        yield bytes.subarray(0, 100_000);
        started.resolve(undefined);
        await gate.promise;
        yield bytes.subarray(100_000);
      };
      const blob = streamBlob(bytes, { stream });
      const writing = slow.writeBlob(blob);
      await started.promise;
      const quick = place.sink();
      await quick.open(quiet());
      await quick.writeBlob(streamBlob(bytes));
      await quick.publish([], [link('1')]);
      await quick.close();
      assert.equal(await slow.size(blob.path), LARGE);
      gate.resolve(undefined);
      await writing;
      await slow.publish([], [link('1')]);
      await close();
      const expected = listingOf([blob.path, bytes], [link('1').path, Buffer.from(link('1').content)]);
      assert.deepEqual(await place.listing(), expected);
    });

    test('can be written into by two sinks at once, blob by blob', async t => {
      const place = await makePlace(t);
      const sinks = [place.sink(), place.sink()];
      const blobs = Array.from({ length: 30 }, (_, index) => streamBlob(noise(2000 + index)));
      await Promise.all(
        sinks.map(async sink => {
          await sink.open(quiet());
          for (const blob of blobs) await sink.writeBlob(blob);
          await sink.publish([], [link('1')]);
          await sink.close();
        }),
      );
      const expected = [...blobs.map(blob => blob.path), link('1').path].sort();
      assert.deepEqual([...(await place.listing()).keys()], expected);
    });
  });
}

const listingOf = (...entries: [string, TreeEntry][]): Listing => listTree(new Map(entries));

async function readBytes(sink: Sink, path: string, maxBytes: number): Promise<Buffer | undefined> {
  const bytes = await sink.read(path, maxBytes);
  return bytes && Buffer.from(bytes);
}

function quiet(): SinkSession {
  return { signal: new AbortController().signal, onBytes: () => undefined, onWarning: () => undefined };
}

function link(tag: string, seed = 1): { path: string; content: string } {
  return { path: pathFor({ kind: 'tagLink', repository, tag }), content: sha('sha256', noise(seed)) };
}

/** The code is right, and the error names where the bytes come from. */
function failure(code: ErrorCode, origin: string): (error: unknown) => boolean {
  return error => {
    assert.ok(isScraperError(error, code), `expected ${code}, got ${String(error)}`);
    assert.equal(error.details.path, origin);
    return true;
  };
}
