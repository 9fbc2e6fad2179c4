import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ScraperError, type ErrorCode } from '../errors.ts';
import { ioFailure, type Access } from './errno.ts';

const failed = (code: string): Error => Object.assign(new Error(`${code}: as Node words it`), { code });

describe('a failed system call', () => {
  const table: readonly (readonly [string, Access, ErrorCode])[] = [
    ['ENOENT', 'read', 'PATH_UNKNOWN'],
    ['ENOENT', 'write', 'IO_ERROR'],
    ['ENOTDIR', 'read', 'PATH_UNKNOWN'],
    ['ENOTDIR', 'write', 'IO_ERROR'],
    ['ELOOP', 'read', 'PATH_UNKNOWN'],
    ['ENAMETOOLONG', 'read', 'PATH_UNKNOWN'],
    ['ENAMETOOLONG', 'write', 'IO_ERROR'],
    ['EACCES', 'read', 'ACCESS_DENIED'],
    ['EACCES', 'write', 'ACCESS_DENIED'],
    ['EPERM', 'read', 'ACCESS_DENIED'],
    ['EPERM', 'write', 'ACCESS_DENIED'],
    ['EROFS', 'write', 'ACCESS_DENIED'],
    ['EISDIR', 'read', 'NOT_A_FILE'],
    ['EISDIR', 'write', 'IO_ERROR'],
    ['ENXIO', 'read', 'NOT_A_FILE'],
    ['ENOSPC', 'write', 'NO_SPACE'],
    ['EDQUOT', 'write', 'NO_SPACE'],
    // whoever tolerates what is damaged must not take this for it
    ['ENOSPC', 'read', 'IO_ERROR'],
    ['EDQUOT', 'read', 'IO_ERROR'],
    ['EXDEV', 'write', 'IO_ERROR'],
    ['EMFILE', 'read', 'IO_ERROR'],
    ['EIO', 'read', 'IO_ERROR'],
    ['EINTR', 'read', 'IO_ERROR'],
    ['EWHATEVER', 'write', 'IO_ERROR'],
    ['toString', 'read', 'IO_ERROR'],
  ];
  for (const [errno, access, code] of table) {
    test(`with ${errno} in a ${access} is ${code}, names the path and keeps the cause`, () => {
      const cause = failed(errno);
      const error = ioFailure(cause, '/srv/registry/x', access);
      assert.equal(error.code, code);
      assert.ok(error.message.startsWith(`cannot ${access} /srv/registry/x: `), error.message);
      assert.equal(error.details.path, '/srv/registry/x');
      assert.equal(error.cause, cause);
    });
  }

  test('gives advice that fits what was done', () => {
    assert.match(ioFailure(failed('EACCES'), 'x', 'read').details.hint ?? '', /may read/);
    assert.match(ioFailure(failed('EACCES'), 'x', 'write').details.hint ?? '', /may write/);
    assert.match(ioFailure(failed('ENOSPC'), 'x', 'write').details.hint ?? '', /make room/);
  });

  test('of unknown meaning is worded as the system words it', () => {
    assert.match(ioFailure(failed('EWHATEVER'), 'x', 'read').message, /EWHATEVER: as Node words it$/);
    assert.match(ioFailure('thrown as text', 'x', 'read').message, /thrown as text$/);
  });

  test('that was worded before stays as it is', () => {
    const error = new ScraperError('BLOB_UNKNOWN', 'gone');
    assert.equal(ioFailure(error, 'x', 'read'), error);
  });
});
