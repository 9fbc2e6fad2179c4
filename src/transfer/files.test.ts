import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { requirements } from '../testing/requirements.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { fileWriter } from './files.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o7777;

test('files and directories get the permissions and the owner that are asked for, those that were there keep theirs', async t => {
  const root = await temporaryDirectory(t);
  const mine = { uid: statSync(root).uid, gid: statSync(root).gid };
  const owner = mine.uid === 0 ? { uid: 1234, gid: 2345 } : mine;
  mkdirSync(join(root, 'old'), { mode: 0o700 });
  const files = fileWriter({ sync: true, like: { owner, fileMode: 0o640, directoryMode: 0o750 } });
  files.makeDirectory(root, join(root, 'old/new/newer'));
  files.writeSmall({ scratch: join(root, 'scratch'), target: join(root, 'old/new/newer/link') }, 'content');
  files.settle();
  for (const path of ['old/new', 'old/new/newer', 'old/new/newer/link']) {
    const { uid, gid } = statSync(join(root, path));
    assert.deepEqual({ uid, gid }, owner, path);
    assert.equal(modeOf(join(root, path)), path.endsWith('link') ? 0o640 : 0o750, path);
  }
  assert.equal(modeOf(join(root, 'old')), 0o700);
  assert.equal(readFileSync(join(root, 'old/new/newer/link'), 'utf8'), 'content');
});

test("a directory that is to be somebody else's never shows up as anything but that", async t => {
  const root = await temporaryDirectory(t);
  const { uid, gid } = statSync(root);
  const [scratch, place] = [join(root, 'scratch'), join(root, 'place')];
  for (const directory of [scratch, place]) mkdirSync(directory);
  const like = { owner: { uid, gid }, fileMode: 0o640, directoryMode: 0o750 };
  const files = fileWriter({ sync: true, like, scratch });
  files.makeDirectory(root, join(place, 'a/b'));
  files.settle();
  assert.equal(modeOf(join(place, 'a')), 0o750);
  assert.deepEqual(readdirSync(scratch), []);
  // what another one made meanwhile stays, also when this one has not seen it yet
  mkdirSync(join(place, 'c'), { mode: 0o700 });
  writeFileSync(join(place, 'c/file'), '');
  files.makeDirectory(root, join(place, 'c/d'));
  assert.deepEqual([modeOf(join(place, 'c')), readdirSync(join(place, 'c'))], [0o700, ['d', 'file']]);
  writeFileSync(join(place, 'e'), '');
  assert.throws(() => {
    files.makeDirectory(root, join(place, 'e/f'));
  }, /e is in the way/);
  rmSync(scratch, { recursive: true });
  assert.throws(() => {
    files.makeDirectory(root, join(place, 'g'));
  }, /cannot write .*scratch/);
});

test('permissions follow the umask where none are asked for', async t => {
  const root = await temporaryDirectory(t);
  const files = fileWriter({ sync: false });
  const before = process.umask(0o027);
  try {
    files.makeDirectory(root, join(root, 'a'));
    files.writeNew(join(root, 'a/file'), file => {
      writeSync(file, 'x');
    });
  } finally {
    process.umask(before);
  }
  assert.equal(modeOf(join(root, 'a')), 0o750);
  assert.equal(modeOf(join(root, 'a/file')), 0o640);
});

test('a file that is there is not written over under its scratch name', async t => {
  const root = await temporaryDirectory(t);
  const path = join(root, 'file');
  writeFileSync(path, 'other');
  assert.throws(() => {
    fileWriter({ sync: false }).writeNew(path, () => undefined);
  }, /file/);
  assert.equal(readFileSync(path, 'utf8'), 'other');
});

test(
  'a file that cannot be filled is closed, and what went wrong is told',
  { skip: requirements(['linux']) },
  async t => {
    const root = await temporaryDirectory(t);
    const files = fileWriter({ sync: false });
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    const wrong = new Error('wrong');
    assert.throws(
      () => {
        files.writeNew(join(root, 'new'), () => {
          throw wrong;
        });
      },
      error => error === wrong,
    );
    assert.equal(open(), before);
  },
);
