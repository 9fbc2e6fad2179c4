import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isScraperError, type ErrorCode } from '../errors.ts';
import { digestOf } from '../oci/digest.ts';
import { asOrdinaryUser } from '../testing/ordinary-user.ts';
import { seededRandom } from '../testing/random.ts';
import { mustRun } from '../testing/run.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { sharedState, type Job, type Outcome, type SharedState } from './job.ts';
import { CHUNK_BYTES as CHUNK, localTransfer } from './local.ts';

interface Place {
  /** Where files are written; holds nothing but `scratch`, an empty directory. */
  readonly root: string;
  readonly source: string;
  /** Brings `source` to `a/b/target` below the root. */
  readonly job: Extract<Job, { kind: 'transfer' }>;
  readonly target: string;
  run(link: boolean, shared?: SharedState): Outcome;
  /** Fails unless nothing was written. */
  assertUntouched(): void;
}

async function place(
  t: { after(work: () => Promise<void>): void },
  content: Uint8Array | null,
): Promise<Place> {
  const [root, away] = [await temporaryDirectory(t), await temporaryDirectory(t)];
  const [scratch, source, target] = [join(root, 'scratch'), join(away, 'source'), join(root, 'a/b/target')];
  mkdirSync(scratch);
  if (content) writeFileSync(source, content);
  const digest = digestOf(
    'sha256',
    createHash('sha256')
      .update(content ?? '')
      .digest('hex'),
  );
  const expected = { digests: [digest], size: content?.length ?? 0, origin: 'the origin' };
  const job = {
    kind: 'transfer',
    root,
    source: { path: source },
    link: false,
    expected,
    scratch: join(scratch, '1'),
    target,
  } as const;
  return {
    ...{ root, source, job, target },
    run: (link, shared = sharedState()) => localTransfer(shared)({ ...job, link }),
    assertUntouched() {
      assert.deepEqual(readdirSync(root), ['scratch']);
      assert.deepEqual(readdirSync(scratch), []);
    },
  };
}

const noise = (size: number): Buffer => seededRandom(size).bytes(size);

/** The failure's code, and the place that it names. */
function failure(code: ErrorCode, path: string): (error: unknown) => boolean {
  return error => {
    assert.ok(isScraperError(error, code), String(error));
    assert.equal(error.details.path, path);
    return true;
  };
}

/** State that does something when it is looked at for the `at`th time: before the chunk of that number is read. */
function meanwhile(at: number, work: (state: SharedState) => void): SharedState {
  const state = sharedState();
  let looks = 0;
  return {
    settings: state.settings,
    bytes: state.bytes,
    get stop() {
      looks += 1;
      if (looks === at) work(state);
      return state.stop;
    },
  };
}

for (const link of [false, true]) {
  describe(link ? 'hard-linking' : 'copying', () => {
    for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]) {
      test(`brings ${String(size)} bytes to their place`, async t => {
        const { root, source, target, run } = await place(t, noise(size));
        const shared = sharedState();
        assert.deepEqual(run(link, shared), { kind: link ? 'linked' : 'copied' });
        assert.ok(readFileSync(target).equals(noise(size)));
        assert.equal(statSync(target).ino === statSync(source).ino, link);
        assert.deepEqual(readdirSync(join(root, 'scratch')), []);
        assert.equal(Number(shared.bytes[0]), size);
      });
    }

    test('again leaves the same', async t => {
      const { root, target, run } = await place(t, noise(1000));
      for (const _ of [1, 2]) run(link);
      assert.ok(readFileSync(target).equals(noise(1000)));
      assert.deepEqual(readdirSync(join(root, 'scratch')), []);
      assert.deepEqual(readdirSync(join(root, 'a/b')), ['target']);
    });

    test('replaces a file, a link to the source and a symbolic link', async t => {
      const { root, source, target, run } = await place(t, noise(1000));
      mkdirSync(join(root, 'a/b'), { recursive: true });
      const before = [
        () => writeFileSync(target, 'something else'),
        () => linkSync(source, target),
        () => symlinkSync(source, target),
        () => symlinkSync('/nowhere/at/all', target),
      ];
      for (const prepare of before) {
        prepare();
        run(link);
        assert.ok(readFileSync(target).equals(noise(1000)));
        assert.deepEqual(readdirSync(join(root, 'scratch')), []);
        rmSync(target);
      }
      assert.ok(readFileSync(source).equals(noise(1000)));
    });

    test('does not replace a directory', async t => {
      const { root, target, run } = await place(t, noise(1000));
      mkdirSync(target, { recursive: true });
      assert.throws(() => run(link), failure('IO_ERROR', target));
      assert.deepEqual([readdirSync(join(root, 'scratch')), readdirSync(target)], [[], []]);
    });

    test('refuses what is longer, shorter, other or not there, and leaves no trace', async t => {
      const { source, run, assertUntouched } = await place(t, noise(1000));
      const damages: readonly (readonly [() => void, ErrorCode, string])[] = [
        [() => writeFileSync(source, noise(999)), 'SIZE_INVALID', 'the origin'],
        [() => writeFileSync(source, noise(1001)), 'SIZE_INVALID', 'the origin'],
        [() => writeFileSync(source, Buffer.alloc(1000)), 'DIGEST_MISMATCH', 'the origin'],
        [() => rmSync(source), 'PATH_UNKNOWN', source],
      ];
      for (const [damage, code, path] of damages) {
        damage();
        const shared = sharedState();
        assert.throws(() => run(link, shared), failure(code, path));
        // what is of another size need not be read
        assert.equal(Number(shared.bytes[0]), code === 'DIGEST_MISMATCH' ? 1000 : 0);
        assertUntouched();
      }
    });

    test('refuses what is no plain file, and does not wait for it', async t => {
      const { source, run, assertUntouched } = await place(t, noise(1000));
      rmSync(source);
      await mustRun('mkfifo', [source]);
      assert.throws(() => run(link), failure('NOT_A_FILE', 'the origin'));
      rmSync(source);
      mkdirSync(source);
      assert.throws(() => run(link), failure('NOT_A_FILE', 'the origin'));
      rmSync(source, { recursive: true });
      // its real place was looked up before: a link has been put there since
      writeFileSync(`${source}.real`, noise(1000));
      symlinkSync(`${source}.real`, source);
      assert.throws(
        () => run(link),
        error => isScraperError(error),
      );
      assertUntouched();
    });

    test('notices that a file grows or shrinks while it is read', async t => {
      const { source, run, assertUntouched } = await place(t, noise(3 * CHUNK));
      const grow = meanwhile(3, () => appendFileSync(source, 'x'));
      assert.throws(() => run(link, grow), failure('SIZE_INVALID', 'the origin'));
      assertUntouched();
      writeFileSync(source, noise(3 * CHUNK));
      const shrink = meanwhile(2, () => truncateSync(source, 2 * CHUNK));
      assert.throws(() => run(link, shrink), failure('SIZE_INVALID', 'the origin'));
      assertUntouched();
      writeFileSync(source, noise(3 * CHUNK));
      const change = meanwhile(2, () => writeFileSync(source, Buffer.alloc(3 * CHUNK)));
      assert.throws(() => run(link, change), failure('DIGEST_MISMATCH', 'the origin'));
      assertUntouched();
    });

    test('brings a file whole that is removed while it is read', async t => {
      const { source, target, run } = await place(t, noise(3 * CHUNK));
      run(
        link,
        meanwhile(2, () => rmSync(source)),
      );
      assert.ok(readFileSync(target).equals(noise(3 * CHUNK)));
    });

    test('stops between two chunks, and leaves no trace', async t => {
      const { run, assertUntouched } = await place(t, noise(3 * CHUNK));
      for (const at of [1, 2, 4]) {
        const shared = meanwhile(at, state => Atomics.store(state.stop, 0, 1));
        assert.deepEqual(run(link, shared), { kind: 'stopped' });
        assert.equal(Number(shared.bytes[0]), (at - 1) * CHUNK);
        assertUntouched();
      }
    });

    test('does not follow a symbolic link on the way to the target', async t => {
      const { root, run } = await place(t, noise(1000));
      const away = await temporaryDirectory(t);
      symlinkSync(away, join(root, 'a'));
      assert.throws(() => run(link), failure('OUTPUT_INVALID', join(root, 'a')));
      assert.deepEqual([readdirSync(away), readdirSync(join(root, 'scratch'))], [[], []]);
    });
  });
}

test('a file that may not be read is told as such', async t => {
  const { root, source, run, assertUntouched } = await place(t, noise(1000));
  await chmod(source, 0);
  for (const directory of [root, join(root, 'scratch'), join(source, '..')]) await chmod(directory, 0o777);
  await asOrdinaryUser(() => {
    assert.throws(() => run(false), failure('ACCESS_DENIED', source));
    return Promise.resolve();
  });
  assertUntouched();
});

test('one file that cannot be linked does not keep the next one from being linked', async t => {
  const { job, source, target } = await place(t, noise(1000));
  const transfer = localTransfer(sharedState());
  const gone = { ...job, link: true, source: { path: `${source}.gone` } };
  assert.throws(() => transfer(gone), failure('PATH_UNKNOWN', `${source}.gone`));
  assert.deepEqual(transfer({ ...job, link: true }), { kind: 'linked' });
  assert.equal(statSync(target).ino, statSync(source).ino);
});

test('proves a file without touching anything', async t => {
  const { job, source, assertUntouched } = await place(t, noise(2 * CHUNK + 5));
  const transfer = localTransfer(sharedState());
  const proof = { kind: 'prove', source: job.source, expected: job.expected } as const;
  assert.deepEqual(transfer(proof), { kind: 'proved' });
  writeFileSync(source, Buffer.alloc(2 * CHUNK + 5));
  assert.throws(() => transfer(proof), failure('DIGEST_MISMATCH', 'the origin'));
  assertUntouched();
});

test('takes a stretch of a larger file, which is never hard-linked', async t => {
  const whole = noise(2 * CHUNK + 5);
  const { job, source, target } = await place(t, whole.subarray(7, CHUNK + 9));
  writeFileSync(source, whole);
  const transfer = localTransfer(sharedState());
  const stretch = { path: source, offset: 7 };
  assert.deepEqual(transfer({ ...job, source: stretch, link: true }), { kind: 'copied' });
  assert.ok(readFileSync(target).equals(whole.subarray(7, CHUNK + 9)));
  assert.deepEqual(transfer({ kind: 'prove', source: stretch, expected: job.expected }), { kind: 'proved' });
  const beside = { kind: 'prove', source: { path: source, offset: 8 }, expected: job.expected } as const;
  assert.throws(() => transfer(beside), failure('DIGEST_MISMATCH', 'the origin'));
  const beyond = { ...beside, source: { path: source, offset: CHUNK + 9 } };
  assert.throws(() => transfer(beyond), failure('SIZE_INVALID', 'the origin'));
});

interface Publication {
  readonly root: string;
  publish(names: readonly string[], shared?: SharedState): Outcome;
}

async function publication(t: { after(work: () => Promise<void>): void }): Promise<Publication> {
  const { root } = await place(t, null);
  const files = (names: readonly string[]): Extract<Job, { kind: 'publish' }>['files'] =>
    names.map(name => ({
      scratch: join(root, 'scratch', name),
      target: join(root, name, 'link'),
      content: name,
    }));
  return {
    root,
    publish: (names, shared = sharedState()) =>
      localTransfer(shared)({
        kind: 'publish',
        root,
        directories: [join(root, 'empty')],
        files: files(names),
      }),
  };
}

test('publishes directories and then files, in their order', async t => {
  const { root, publish } = await publication(t);
  assert.deepEqual(publish(['a', 'b']), { kind: 'published' });
  publish(['b', 'c']);
  assert.deepEqual(readdirSync(root).sort(), ['a', 'b', 'c', 'empty', 'scratch']);
  for (const name of ['a', 'b', 'c']) assert.equal(readFileSync(join(root, name, 'link'), 'utf8'), name);
  assert.deepEqual(readdirSync(join(root, 'scratch')), []);
});

test('publishes nothing behind a file that failed or that it was stopped at', async t => {
  const { root, publish } = await publication(t);
  mkdirSync(join(root, 'b/link'), { recursive: true });
  assert.throws(() => publish(['a', 'b', 'c']), failure('IO_ERROR', join(root, 'b/link')));
  assert.deepEqual(readdirSync(root).sort(), ['a', 'b', 'empty', 'scratch']);
  const shared = meanwhile(2, state => Atomics.store(state.stop, 0, 1));
  assert.deepEqual(publish(['c', 'd'], shared), { kind: 'stopped' });
  assert.deepEqual(readdirSync(root).sort(), ['a', 'b', 'c', 'empty', 'scratch']);
  assert.deepEqual(readdirSync(join(root, 'scratch')), []);
});
