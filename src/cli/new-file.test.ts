import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { isScraperError, ScraperError, type ErrorCode } from '../errors.ts';
import { asOrdinaryUser } from '../testing/ordinary-user.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { checkNewFile, writeNewFile, type NewFile } from './new-file.ts';

const session = { signal: new AbortController().signal, now: () => Date.now() };
const fails = (code: ErrorCode) => (error: unknown) => isScraperError(error, code);

async function fileIn(t: TestContext, force = false): Promise<{ directory: string; file: NewFile }> {
  const directory = await temporaryDirectory(t);
  return { directory, file: { path: path.join(directory, 'new'), given: 'new', force } };
}

async function* chunksOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

test('a file shows up when it is complete', async t => {
  const { directory, file } = await fileIn(t);
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield* chunksOf('one ', 'two');
    assert.ok(!(await readdir(directory)).includes('new'));
  };
  assert.equal(await writeNewFile(file, chunks(), session), 7);
  assert.equal(await readFile(file.path, 'utf8'), 'one two');
  assert.deepEqual(await readdir(directory), ['new']);
});

test('a failure or an interruption leaves what was there, and nothing else', async t => {
  const { directory, file } = await fileIn(t, true);
  await writeFile(file.path, 'old');
  const controller = new AbortController();
  const reason = new ScraperError('INTERRUPTED', 'interrupted');
  for (const stop of [
    () => controller.abort(reason),
    () => {
      throw reason;
    },
  ]) {
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      yield* chunksOf('one ');
      stop();
      yield* chunksOf('two');
    };
    await assert.rejects(
      writeNewFile(file, chunks(), { ...session, signal: controller.signal }),
      error => error === reason,
    );
    assert.deepEqual(await readdir(directory), ['new']);
    assert.equal(await readFile(file.path, 'utf8'), 'old');
  }
});

test('a file that came there meanwhile is not replaced', async t => {
  const { directory, file } = await fileIn(t);
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield* chunksOf('mine');
    await writeFile(file.path, 'theirs');
  };
  await assert.rejects(writeNewFile(file, chunks(), session), fails('OUTPUT_EXISTS'));
  assert.equal(await readFile(file.path, 'utf8'), 'theirs');
  assert.deepEqual(await readdir(directory), ['new']);
});

test('with --force a link to a file is replaced like a file, and what it leads to stays', async t => {
  const { directory, file } = await fileIn(t, true);
  await writeFile(path.join(directory, 'target'), 'old');
  await symlink('target', file.path);
  await writeNewFile(file, chunksOf('new'), session);
  assert.equal(await readFile(file.path, 'utf8'), 'new');
  assert.equal(await readFile(path.join(directory, 'target'), 'utf8'), 'old');
  await assert.rejects(readlink(file.path));
});

test('what is no file, or has no place to be, is refused beforehand', async t => {
  const { directory, file } = await fileIn(t, true);
  await mkdir(path.join(directory, 'directory'));
  await symlink('nowhere', path.join(directory, 'dangling'));
  await writeFile(path.join(directory, 'file'), '');
  for (const name of ['directory', 'dangling', 'nosuch/new', 'file/new']) {
    const wrong = { ...file, path: path.join(directory, name), given: name };
    await assert.rejects(checkNewFile(wrong), fails('OUTPUT_INVALID'), name);
  }
  await checkNewFile({ ...file, path: path.join(directory, 'file'), given: 'file' });
});

test('a directory that nothing may be written to is told', async t => {
  const { directory, file } = await fileIn(t);
  await chmod(directory, 0o555);
  await asOrdinaryUser(() =>
    assert.rejects(writeNewFile(file, chunksOf('x'), session), fails('ACCESS_DENIED')),
  );
  await chmod(directory, 0o755);
});
