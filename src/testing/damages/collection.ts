import { encodedOf } from '../../oci/digest.ts';
import { STORAGE_ROOT } from '../../registry/layout.ts';
import type { FindingKind } from '../../verify/kinds.ts';
import type { Damage } from './patient.ts';

const REVISIONS = 'repositories/team/app/_manifests/revisions';
const file = Buffer.from('x');

/** What garbage collection stumbles over. */
export const collection: readonly Damage[] = [
  {
    name: 'data that is no blob below blobs',
    make: ({ put: at }) => at('blobs/sha256/ab/some/data', file),
    kinds: ['GC_BLOCKED'],
  },
  {
    name: 'a blob below the wrong two digits',
    make: ({ put: at, image }) => at(`blobs/sha256/zz/${encodedOf(image.digest)}/data`, file),
    kinds: ['GC_BLOCKED'],
  },
  {
    name: 'a blob below its first three digits',
    make: ({ put: at, image: { digest } }) =>
      at(`blobs/sha256/${encodedOf(digest).slice(0, 3)}/${encodedOf(digest)}/data`, file),
    kinds: ['GC_BLOCKED'],
  },
  {
    name: 'a file called data directly below blobs',
    make: ({ put: at }) => at('blobs/sha256/data', file),
    kinds: ['GC_BLOCKED'],
  },
  {
    name: 'a file called link, without a digest, below the revisions',
    make: ({ put: at }) => at(`${REVISIONS}/link`, new Uint8Array()),
    kinds: ['GC_BLOCKED'],
  },
  {
    name: "a repository's name with capitals",
    make: ({ put: at }) => void at('repositories/Team/_layers', 'directory'),
    kinds: ['GC_BLOCKED'],
  },
  {
    name: 'a pipe in place of all repositories',
    make: ({ registry, put: at }) => {
      registry.remove(`${STORAGE_ROOT}/repositories`);
      return at('repositories', 'fifo');
    },
    kinds: [...Array<FindingKind>(17).fill('BLOB_ORPHAN'), 'NOT_A_FILE'],
    onDisk: true,
  },
  {
    name: 'no directory of repositories',
    make: ({ registry }) => registry.remove(`${STORAGE_ROOT}/repositories`),
    kinds: [...Array<FindingKind>(17).fill('BLOB_ORPHAN'), 'DIRECTORY_MISSING'],
  },
  {
    name: 'neither blobs nor repositories',
    make: ({ registry }) => {
      for (const name of ['blobs', 'repositories']) registry.remove(`${STORAGE_ROOT}/${name}`);
    },
    kinds: ['DIRECTORY_MISSING', 'DIRECTORY_MISSING'],
  },
  {
    name: 'a symbolic link to nowhere in place of all repositories',
    make: ({ registry, put: at }) => {
      registry.remove(`${STORAGE_ROOT}/repositories`);
      return at('repositories', { symlink: 'nowhere' });
    },
    kinds: [...Array<FindingKind>(17).fill('BLOB_ORPHAN'), 'DIRECTORY_MISSING', 'FOREIGN_FILE'],
    onDisk: true,
  },
  {
    name: 'a symbolic link in a circle among the repositories',
    make: ({ put: at }) => at('repositories/loop', { symlink: 'loop' }),
    kinds: ['GC_BLOCKED'],
    onDisk: true,
  },
  {
    name: 'a symbolic link to the directory that it is in',
    make: ({ put: at }) => void at('repositories/up', { symlink: '.' }),
    kinds: ['GC_BLOCKED'],
    onDisk: true,
  },
  {
    name: 'a file that begins with an underscore beside repositories',
    make: ({ put: at }) => at('repositories/_notes', file),
    kinds: ['GC_MISLED'],
  },
  {
    name: 'a file that begins with an underscore in a repository',
    make: ({ put: at }) => at('repositories/team/app/_before', file),
    kinds: ['GC_MISLED'],
  },
  {
    name: 'a file in place of a directory of a repository',
    make: ({ registry, put: at }) => {
      registry.remove(`${STORAGE_ROOT}/repositories/zed/_uploads`);
      return at('repositories/zed/_uploads', file);
    },
    kinds: ['GC_MISLED'],
    unlikeRegistry: 'what comes after it by name is all that it hides, here nothing',
  },
  {
    name: "a file in place of a repository's tags",
    make: ({ registry }) => registry.replace(`${STORAGE_ROOT}/repositories/team/app/_manifests/tags`, file),
    kinds: ['NOT_A_FILE'],
  },
  {
    name: "a file in place of a repository's revisions",
    make: ({ registry }) => registry.replace(`${STORAGE_ROOT}/${REVISIONS}`, file),
    kinds: ['NOT_A_FILE'],
  },
  {
    name: "a symbolic link to nowhere in place of a repository's tags",
    make: ({ registry }) =>
      registry.replace(`${STORAGE_ROOT}/repositories/team/app/_manifests/tags`, {
        symlink: '../../../nowhere',
      }),
    kinds: ['FOREIGN_FILE'],
    onDisk: true,
  },
];
