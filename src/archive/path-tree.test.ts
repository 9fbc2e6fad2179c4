import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pathTree, type PathTree, type TreeNode } from './path-tree.ts';

const file = (size: number): TreeNode => ({ kind: 'file', size, offset: size * 1000, modified: 5 });
const directory: TreeNode = { kind: 'directory', size: 0, offset: 0, modified: 0 };

const listed = (tree: PathTree, path: string): Record<string, string> | undefined => {
  const entries = tree.list(path);
  return entries && Object.fromEntries([...entries].map(({ name, kind }) => [name, kind]));
};

describe('a tree of paths', () => {
  test('knows its root when it is empty', () => {
    assert.deepEqual(pathTree().get(''), directory);
    assert.deepEqual(listed(pathTree(), ''), {});
    assert.equal(pathTree().get('a'), undefined);
  });

  test('gives back what was added', () => {
    const tree = pathTree();
    tree.add('a/b/link', file(71));
    tree.add('a/c', directory);
    tree.add('empty', file(0));
    tree.add('huge', { ...file(0), size: 2 ** 45, offset: 2 ** 50 });
    assert.deepEqual(tree.get('a/b/link'), file(71));
    assert.deepEqual(tree.get('a/c'), directory);
    assert.deepEqual(tree.get('a/b'), directory);
    assert.deepEqual(tree.get('empty'), file(0));
    assert.deepEqual(tree.get('huge'), { ...file(0), size: 2 ** 45, offset: 2 ** 50 });
    assert.deepEqual(listed(tree, ''), { a: 'directory', empty: 'file', huge: 'file' });
    assert.deepEqual(listed(tree, 'a'), { b: 'directory', c: 'directory' });
    assert.equal(listed(tree, 'empty'), undefined);
    for (const path of ['b', 'link', 'a/b/lin', 'a/b/link/x', 'a/c/x', '/', 'a/']) {
      if (path !== 'a/') assert.equal(tree.get(path), undefined, path);
    }
  });

  test('is the same as a list of all paths', () => {
    const component = fc.constantFrom('a', 'b', 'ab', 'link', 'data', 'ü');
    const path = fc.array(component, { minLength: 1, maxLength: 5 }).map(parts => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 40 }), paths => {
        const files = paths.filter(one => !paths.some(other => other.startsWith(`${one}/`)));
        const tree = pathTree();
        for (const [index, one] of files.entries()) tree.add(one, file(index));
        const known = new Set(
          files.flatMap(one => one.split('/').map((_, at, all) => all.slice(0, at).join('/'))),
        );
        for (const [index, one] of files.entries()) assert.deepEqual(tree.get(one), file(index));
        for (const one of known) {
          const children = [...files, ...known].filter(
            other => other !== '' && other !== one && parentOf(other) === one,
          );
          assert.deepEqual(
            Object.keys(listed(tree, one) ?? {}).sort(),
            [...new Set(children.map(baseOf))].sort(),
          );
        }
      }),
    );
  });

  test('holds a hundred thousand entries', () => {
    const tree = pathTree();
    for (let index = 0; index < 100_000; index++)
      tree.add(`x/${String(index % 100)}/${String(index)}/link`, file(index));
    for (let index = 0; index < 100_000; index += 997) {
      assert.equal(tree.get(`x/${String(index % 100)}/${String(index)}/link`)?.size, index);
    }
    assert.equal([...(tree.list('x/7') ?? [])].length, 1000);
  });
});

const parentOf = (path: string): string => path.split('/').slice(0, -1).join('/');
const baseOf = (path: string): string => path.split('/').at(-1) ?? '';
