import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { checkPath } from './path.ts';

const refuses = (path: string, separator?: string): void => {
  assert.throws(
    () => {
      checkPath(path, text => `root/${text}`, separator);
    },
    error => isScraperError(error, 'OUTSIDE_ROOT') && error.details.path === `root/${path}`,
    JSON.stringify(path),
  );
};

describe('a path in a storage', () => {
  test('may not leave the root, begin there, or have empty or odd steps', () => {
    for (const path of ['/', '/a', 'a/', 'a//b', '.', './a', 'a/.', '..', '../a', 'a/..', 'a/../b', 'a\0b'])
      refuses(path);
  });

  test('may have names with dots in them', () => {
    for (const path of ['', 'a', 'a/b', '...', '..a', 'a..', '.a', 'a.', 'a/.../b', 'a\\b', 'c:d'])
      checkPath(path, text => text);
  });

  test('may have neither backslash nor colon where these lead elsewhere', () => {
    for (const path of ['a\\..\\..\\b', 'c:', 'a/c:b', '..\\a']) refuses(path, '\\');
    checkPath('docker/registry/v2', text => text, '\\');
  });
});
