import { putInPlace, type Damage } from './patient.ts';

/** What happens to the bytes of blobs. */
export const blobs: readonly Damage[] = [
  {
    name: 'a bit of a layer is flipped',
    make: ({ registry, image }) => registry.flipBit(image.layer(0)),
    kinds: ['BLOB_CORRUPT'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a bit of a config behind an index is flipped',
    make: ({ registry, children }) => registry.flipBit(children[1].config),
    kinds: ['BLOB_CORRUPT'],
    references: ['team/app:multi'],
  },
  {
    name: 'a layer is cut short',
    make: ({ registry, image }) => registry.truncate(image.layer(0), 10),
    kinds: ['BLOB_CORRUPT'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a layer has grown',
    make: ({ registry, image }) => registry.append(image.layer(0), 'x'),
    kinds: ['BLOB_CORRUPT'],
  },
  {
    name: 'a layer is empty',
    make: ({ registry, image }) => registry.makeEmpty(image.layer(0)),
    kinds: ['BLOB_EMPTY'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a layer is gone',
    make: ({ registry, image }) => registry.remove(image.layer(0)),
    kinds: ['BLOB_MISSING', 'DIRECTORY_EMPTY'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a layer of an untagged image is gone',
    make: ({ registry, untagged }) => registry.remove(untagged.layer(0)),
    kinds: ['BLOB_MISSING', 'DIRECTORY_EMPTY'],
  },
  {
    name: 'a directory stands in place of a layer',
    make: ({ registry, image }) => putInPlace(registry, registry.remove(image.layer(0)), 'directory'),
    kinds: ['NOT_A_FILE'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a pipe stands in place of a layer',
    make: ({ registry, image }) => putInPlace(registry, registry.remove(image.layer(0)), 'fifo'),
    kinds: ['NOT_A_FILE'],
    onDisk: true,
  },
  {
    name: 'a symbolic link to nowhere stands in place of a layer',
    make: ({ registry, image }) => registry.replace(image.layer(0), { symlink: 'nowhere' }),
    kinds: ['SYMLINK_BROKEN'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a symbolic link to itself stands in place of a layer',
    make: ({ registry, image }) => registry.replace(image.layer(0), { symlink: 'data' }),
    kinds: ['SYMLINK_BROKEN'],
    onDisk: true,
  },
  {
    name: 'a symbolic link out of the storage stands in place of a layer',
    make: ({ registry, image }) => registry.replace(image.layer(0), { symlink: '/etc/hostname' }),
    kinds: ['SYMLINK_OUTSIDE'],
  },
  {
    name: 'an orphan is damaged, which the next push of the same bytes would take for its own',
    make: ({ registry }) => registry.flipBit(registry.orphan(200)),
    kinds: ['BLOB_CORRUPT', 'BLOB_ORPHAN'],
    unlikeRegistry: 'it serves the damaged bytes only after somebody has pushed the sound ones',
  },
  {
    name: 'a manifest gives a wrong size',
    make: ({ app }) => app.image({ tag: 'claim', layers: [{ content: 1000, claim: { size: 5 } }] }),
    kinds: ['BLOB_SIZE_INVALID'],
    references: ['team/app:claim'],
  },
];
