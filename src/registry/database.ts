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
