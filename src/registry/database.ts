import type { Warning } from '../errors.ts';

/** What to say about a storage that is not what decides. */
export function databaseInUse(): Warning {
  return {
    code: 'DATABASE_IN_USE',
    message:
      'this is a GitLab registry with its metadata database on: the database, not this storage, says which tags exist',
    hint: 'what is found here may be stale or incomplete; compare tags and digests with the running registry',
  };
}

/** What to say about such a storage when it is written into. */
export function databaseDecides(root: string): Warning {
  return {
    code: 'DATABASE_IN_USE',
    message: `the registry in ${root} is a GitLab registry with its metadata database on: it serves no tag that the database lacks`,
    path: root,
    hint: 'what is written here shows only after it was imported into the database',
  };
}
