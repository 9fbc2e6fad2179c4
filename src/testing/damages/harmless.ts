import { STORAGE_ROOT } from '../../registry/layout.ts';
import type { FindingKind } from '../../verify/kinds.ts';
import type { Damage } from './patient.ts';

const REVISIONS = 'repositories/team/app/_manifests/revisions';
const LAYERS = 'repositories/team/app/_layers';
const TAGS = 'repositories/team/app/_manifests/tags';
const file = Buffer.from('x');

/** What a registry does not mind: notices at most. */
export const harmless: readonly Damage[] = [
  { name: 'nothing', make: () => undefined, kinds: [] },
  {
    name: 'an orphan',
    make: ({ registry }) => registry.pathOf(registry.orphan(500)),
    kinds: ['BLOB_ORPHAN'],
  },
  {
    name: 'an index that lacks one of its platforms',
    make: ({ registry, app, children }) => {
      registry.remove(app.revisionLink(children[1]));
      registry.remove(children[1]);
    },
    kinds: ['BLOB_ORPHAN', 'BLOB_ORPHAN', 'DIRECTORY_EMPTY', 'DIRECTORY_EMPTY', 'INDEX_SPARSE'],
  },
  {
    name: 'an index of which one platform is in another repository only',
    make: ({ registry, app, children }) => void registry.remove(app.revisionLink(children[1])),
    kinds: ['BLOB_ORPHAN', 'BLOB_ORPHAN', 'DIRECTORY_EMPTY', 'INDEX_SPARSE'],
  },
  {
    name: 'a layer that clients get from elsewhere',
    make: ({ app }) => {
      const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
      const layer = { content: 1000, stored: false, mediaType, urls: ['https://example.com/layer'] };
      app.image({ tag: 'foreign', format: 'docker', layers: [layer, 20] });
    },
    kinds: [],
  },
  { name: "BuildKit's cache", make: ({ app }) => void app.cacheIndex({ tag: 'cache' }), kinds: [] },
  {
    name: 'an index in an index, a chart, an artifact, a signature',
    make: ({ app, index, image }) => {
      app.index([index, image], { tag: 'nested' });
      app.artifact({ tag: 'artifact', subject: image });
      app.signature(image);
      app.chart({ tag: 'chart' });
    },
    kinds: [],
  },
  {
    name: 'an image of no layers with the empty blob as config',
    make: ({ app }) => void app.image({ tag: 'empty', config: '', layers: [] }),
    kinds: [],
  },
  {
    name: 'a schema1 image',
    make: ({ registry }) => void registry.repository('legacy').schema1({ tag: '1.0' }),
    kinds: ['MANIFEST_SCHEMA1'],
  },
  {
    name: 'a schema1 image with its signature, which no registry reads any more',
    make: ({ registry }) => void registry.repository('legacy').schema1({ tag: '1.0', signature: 'linked' }),
    kinds: ['BLOB_ORPHAN', 'MANIFEST_SCHEMA1'],
  },
  {
    name: 'a deleted image',
    make: ({ app, untagged }) => {
      app.deleteManifest(untagged);
    },
    kinds: ['BLOB_ORPHAN', 'BLOB_ORPHAN', 'BLOB_ORPHAN', 'DIRECTORY_EMPTY'],
  },
  {
    name: 'a tag that moved, and an entry of its history that leads to a deleted image',
    make: ({ app, untagged, index }) => {
      app.tag('multi', untagged);
      app.tag('multi', index);
      app.deleteManifest(untagged);
    },
    kinds: ['BLOB_ORPHAN', 'BLOB_ORPHAN', 'BLOB_ORPHAN', 'DIRECTORY_EMPTY'],
  },
  {
    name: "an entry of a tag's history is empty",
    make: ({ registry, app, image }) => registry.makeEmpty(app.tagHistoryLink('1.0', image)),
    kinds: ['TAG_HISTORY_INVALID'],
  },
  {
    name: 'an upload that broke off',
    make: ({ app }) => {
      app.abortedUpload();
    },
    kinds: ['UPLOAD_ABANDONED'],
  },
  {
    name: 'temporary files',
    make: ({ registry, app, image }) => {
      registry.litter(image.layer(0));
      app.litter(app.tagLink('1.0'));
    },
    kinds: ['TEMPORARY_FILE', 'TEMPORARY_FILE'],
  },
  {
    name: 'a repository that was never pushed to completely',
    make: ({ registry }) => void registry.repository('half').blob(50),
    kinds: ['BLOB_ORPHAN', 'REPOSITORY_UNFINISHED'],
  },
  {
    name: 'files that are not of a registry',
    make: ({ put: at }) => {
      at('lost+found', 'directory');
      at('README', file);
      at('blobs/README', file);
      at('blobs/sha256/a b', file);
      at('repositories/README', file);
      at('repositories/a b/c', file);
      at('repositories/_notes/x', file);
      at(`${REVISIONS}/README`, file);
      at(`${LAYERS}/sha256/README`, file);
      at('repositories/team/app/_uploads/README', file);
      at('repositories/team/app/_manifests/README', file);
      at(`${TAGS}/1.0/README`, file);
    },
    kinds: ['DIRECTORY_EMPTY', ...Array<FindingKind>(11).fill('FOREIGN_FILE')],
  },
  {
    name: 'a sound link below the revisions in a place that is none',
    make: ({ put: at, image }) => void at(`${REVISIONS}/sha256/copy/link`, Buffer.from(image.digest)),
    kinds: ['FOREIGN_FILE'],
  },
  {
    name: 'a symbolic link to nowhere among the repositories',
    make: ({ put: at }) => at('repositories/gone', { symlink: 'nowhere' }),
    kinds: ['FOREIGN_FILE'],
  },
  {
    name: 'a repository under two names by a symbolic link',
    make: ({ put: at }) => void at('repositories/alias', { symlink: 'zed' }),
    kinds: [],
  },
  {
    name: 'a repository without tags',
    make: ({ registry }) => void registry.remove(`${STORAGE_ROOT}/repositories/zed/_manifests/tags`),
    kinds: [],
  },
];
