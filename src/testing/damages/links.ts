import { STORAGE_ROOT } from '../../registry/layout.ts';
import { encodedOf } from '../../oci/digest.ts';
import { putInPlace, type Damage } from './patient.ts';

/** What happens to layer links. */
export const links: readonly Damage[] = [
  {
    name: 'a layer link is empty',
    make: ({ registry, app, image }) => registry.makeEmpty(app.layerLink(image.layer(0))),
    kinds: ['LINK_EMPTY'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a layer link ends with a newline',
    make: ({ registry, app, image }) => registry.append(app.layerLink(image.layer(0)), '\n'),
    kinds: ['LINK_WHITESPACE'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a layer link begins with a byte order mark',
    make: ({ registry, app, image }) =>
      registry.replace(app.layerLink(image.layer(0)), `\u{feff}${image.layer(0).digest}`),
    kinds: ['LINK_MALFORMED'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a layer link holds a digest without its algorithm',
    make: ({ registry, app, image }) =>
      registry.replace(app.layerLink(image.layer(0)), encodedOf(image.layer(0).digest)),
    kinds: ['LINK_MALFORMED'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a layer link is far too long',
    make: ({ registry, app, image }) => registry.append(app.layerLink(image.layer(0)), 'x'.repeat(1000)),
    kinds: ['LINK_MALFORMED'],
  },
  {
    name: 'a layer link leads to another layer',
    make: ({ registry, app, image }) =>
      registry.replace(app.layerLink(image.layer(0)), image.layer(1).digest),
    kinds: ['LINK_MISDIRECTED'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a layer link is gone',
    make: ({ registry, app, image }) => registry.remove(app.layerLink(image.layer(0))),
    kinds: ['DIRECTORY_EMPTY', 'LAYER_LINK_MISSING'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a layer link is a directory',
    make: ({ registry, app, image }) => {
      const path = registry.remove(app.layerLink(image.layer(0)));
      return putInPlace(registry, path, 'directory');
    },
    kinds: ['NOT_A_FILE'],
  },
  {
    name: 'a layer link is a pipe',
    make: ({ registry, app, image }) => putInPlace(registry, app.layerLink(image.layer(0)), 'fifo'),
    kinds: ['NOT_A_FILE'],
    onDisk: true,
  },
  {
    name: 'a layer link that nobody needs is empty',
    make: ({ registry, app }) => registry.makeEmpty(app.layerLink(app.blob(55))),
    kinds: ['BLOB_ORPHAN', 'LINK_EMPTY'],
  },
  {
    name: 'a layer link leads to a blob that is gone, and nobody needs it',
    make: ({ registry, app }) => void registry.remove(app.blob(55)),
    kinds: ['DIRECTORY_EMPTY', 'LAYER_LINK_DANGLING'],
  },
  {
    name: 'all layer links of a repository are gone',
    make: ({ registry }) => void registry.remove(`${STORAGE_ROOT}/repositories/zed/_layers`),
    kinds: ['LAYERS_MISSING', 'LAYER_LINK_MISSING', 'LAYER_LINK_MISSING'],
  },
];
