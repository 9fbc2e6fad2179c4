import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { writeTree, type TreeEntry } from '../testing/tree.ts';
import { directCalls, type FileCalls } from './calls.ts';
import { placeFinder } from './places.ts';

/** Direct calls, and how many of them looked at something. */
function counted(): { calls: FileCalls; looks: () => number } {
  let looks = 0;
  const lstat: FileCalls['lstat'] = place => {
    looks += 1;
    return directCalls.lstat(place);
  };
  return { calls: { ...directCalls, lstat }, looks: () => looks };
}

describe('the place finder', () => {
  test('looks at each directory once, and at what is asked for every time', async t => {
    const root = await temporaryDirectory(t);
    const { calls, looks } = counted();
    await writeTree(new Map([['a/b/c/link', Buffer.from('x')]]), root);
    const places = placeFinder(root, calls);
    await places.find('a/b/c/link', 'it');
    assert.equal(looks(), 4);
    assert.equal((await places.find('a/b/c/link', 'it')).place, join(root, 'a/b/c/link'));
    assert.equal(looks(), 5);
    assert.equal(await places.directory('a/b', 'it'), join(root, 'a/b'));
    assert.equal(looks(), 5);
  });

  test('finds its way also when there are more directories than it remembers', async t => {
    const root = await temporaryDirectory(t);
    const paths = Array.from({ length: 12 }, (_, index) => `a/b/n${index}/link`);
    await writeTree(new Map(paths.map(path => [path, Buffer.from(path)])), root);
    for (const most of [1, 2, 3, 5]) {
      const places = placeFinder(root, directCalls, { mostRemembered: most });
      for (const path of [...paths, ...paths]) {
        assert.equal((await places.find(path, path)).place, join(root, path));
      }
    }
  });

  test('resolves a link to a directory once, and refuses one that leads out each time', async t => {
    const root = await temporaryDirectory(t);
    await writeTree(
      new Map<string, TreeEntry>([
        ['in/real/link', Buffer.from('x')],
        ['in/alias', { symlink: 'real' }],
        ['in/out', { symlink: '../../..' }],
      ]),
      root,
    );
    let resolved = 0;
    const realpath: FileCalls['realpath'] = place => {
      resolved += 1;
      return directCalls.realpath(place);
    };
    const places = placeFinder(root, { ...directCalls, realpath });
    for (let count = 0; count < 3; count += 1) {
      assert.equal((await places.find('in/alias/link', 'it')).place, join(root, 'in/real/link'));
    }
    assert.equal(resolved, 2); // the root, and the link
    for (const path of ['in/out', 'in/out/etc/passwd']) {
      for (let count = 0; count < 2; count += 1) {
        await assert.rejects(places.find(path, 'it'), error => isScraperError(error, 'OUTSIDE_ROOT'));
      }
    }
  });
});
