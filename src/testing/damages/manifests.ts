import { mediaTypes } from '../media-types.ts';
import { putInPlace, type Damage, type Patient } from './patient.ts';

const emptyImage = ({ image: { config } }: Patient): Readonly<Record<string, unknown>> => ({
  schemaVersion: 2,
  mediaType: mediaTypes.oci.manifest,
  config: { mediaType: mediaTypes.oci.config, digest: config.digest, size: config.size },
  layers: [],
});

/** What happens to manifests and their links. */
export const manifests: readonly Damage[] = [
  {
    name: 'a revision link is empty',
    make: ({ registry, app, untagged }) => registry.makeEmpty(app.revisionLink(untagged)),
    kinds: ['LINK_EMPTY'],
  },
  {
    name: 'a revision link ends with a newline',
    make: ({ registry, app, image }) => registry.append(app.revisionLink(image), '\n'),
    kinds: ['LINK_WHITESPACE'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a revision link leads to another manifest',
    make: ({ registry, app, image, untagged }) => registry.replace(app.revisionLink(image), untagged.digest),
    kinds: ['LINK_MISDIRECTED'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a revision link is a pipe',
    make: ({ registry, app, untagged }) => putInPlace(registry, app.revisionLink(untagged), 'fifo'),
    kinds: ['NOT_A_FILE'],
    onDisk: true,
  },
  {
    name: 'a manifest is gone',
    make: ({ registry, image }) => registry.remove(image),
    kinds: ['BLOB_ORPHAN', 'BLOB_ORPHAN', 'BLOB_ORPHAN', 'DIRECTORY_EMPTY', 'MANIFEST_MISSING'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a manifest behind an index is gone',
    make: ({ registry, children }) => registry.remove(children[0]),
    kinds: ['BLOB_ORPHAN', 'BLOB_ORPHAN', 'DIRECTORY_EMPTY', 'MANIFEST_MISSING'],
    references: ['team/app:multi'],
  },
  {
    name: 'a manifest is empty',
    make: ({ registry, image }) => registry.makeEmpty(image),
    kinds: ['BLOB_EMPTY'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a bit of a manifest is flipped',
    make: ({ registry, image }) => registry.flipBit(image),
    kinds: ['BLOB_CORRUPT'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a manifest has a space behind its end',
    make: ({ registry, index }) => registry.append(index, ' '),
    kinds: ['BLOB_CORRUPT'],
    references: ['team/app:multi'],
  },
  {
    name: 'a manifest is no JSON',
    make: ({ registry, app }) => registry.pathOf(app.manifest('no json', { tag: 'bad' })),
    kinds: ['MANIFEST_INVALID'],
    references: ['team/app:bad'],
  },
  {
    name: 'a manifest is of no known type',
    make: ({ app }) => void app.manifest({ schemaVersion: 2, mediaType: 'application/json' }),
    kinds: ['MANIFEST_INVALID'],
  },
  {
    name: 'a manifest is too large to be served',
    make: patient => {
      const annotations = { padding: 'x'.repeat(5 * 1024 * 1024) };
      return void patient.app.manifest({ ...emptyImage(patient), annotations }, { tag: 'bad' });
    },
    kinds: ['MANIFEST_INVALID'],
    references: ['team/app:bad'],
  },
  {
    name: 'a key stands twice in a manifest, so that readers disagree',
    make: patient => {
      const body = JSON.stringify(emptyImage(patient)).replace('{', '{"schemaVersion":2,');
      return void patient.app.manifest(body, { tag: 'bad' });
    },
    kinds: ['MANIFEST_INVALID'],
    unlikeRegistry:
      'the last of the two counts for it; for others the first, so it is refused here as it is in a scrape',
  },
  {
    name: 'an OCI artifact manifest',
    make: ({ app }) => void app.artifactManifest({ tag: 'artifact' }),
    kinds: ['MANIFEST_UNSUPPORTED'],
    references: ['team/app:artifact'],
  },
  {
    name: 'a manifest is linked among the layers only, as registry 2.1 did it',
    make: patient => void patient.app.manifest(emptyImage(patient), { tag: 'old', linkedIn: 'layers' }),
    kinds: ['GC_DELETES'],
    references: ['team/app:old'],
  },
  {
    name: 'a layer is named by its SHA-512',
    make: ({ app }) => void app.image({ tag: 'sha512', layers: [{ content: 900, algorithm: 'sha512' }] }),
    kinds: ['GC_DELETES'],
    references: ['team/app:sha512'],
  },
  {
    name: 'a link that is named by a SHA-512 leads to other bytes',
    make: ({ registry, app, image }) => {
      const made = app.image({ tag: 'sha512', layers: [{ content: 900, algorithm: 'sha512' }] });
      return registry.replace(app.layerLink(made.layer(0)), image.layer(0).digest);
    },
    kinds: ['BLOB_ORPHAN', 'LINK_MISDIRECTED'],
    references: ['team/app:1.0', 'team/app:sha512'],
  },
];
