import { putInPlace, type Damage } from './patient.ts';

const TAGS = 'repositories/team/app/_manifests/tags';
const absent = `sha256:${'1'.repeat(64)}`;
const file = Buffer.from('x');

/** What happens to tags. */
export const tags: readonly Damage[] = [
  {
    name: 'a tag without a current link',
    make: ({ app }) => {
      app.ghostTag('ghost');
    },
    kinds: ['TAG_GHOST'],
    references: ['team/app:ghost'],
  },
  {
    name: 'a tag that lost its current link',
    make: ({ registry, app }) => registry.remove(app.tagLink('1.0')),
    kinds: ['DIRECTORY_EMPTY', 'TAG_GHOST'],
    references: ['team/app:1.0'],
  },
  {
    name: 'a tag points to a manifest that was never there',
    make: ({ registry, app }) => registry.replace(app.tagLink('1.0'), absent),
    kinds: ['TAG_DANGLING'],
    references: ['team/app:1.0'],
  },
  {
    name: "a tag's revision link is gone",
    make: ({ registry, app, other }) => {
      registry.remove(app.revisionLink(other.digest).replace('team/app', 'zed'));
      return registry.repository('zed').tagLink('1.0');
    },
    kinds: ['BLOB_ORPHAN', 'BLOB_ORPHAN', 'BLOB_ORPHAN', 'DIRECTORY_EMPTY', 'TAG_DANGLING'],
    references: ['zed:1.0'],
  },
  {
    name: 'a tag points to a layer',
    make: ({ registry, app, image }) => void registry.replace(app.tagLink('1.0'), image.layer(0).digest),
    kinds: ['MANIFEST_INVALID'],
  },
  {
    name: "a tag's link is empty",
    make: ({ registry, app }) => registry.makeEmpty(app.tagLink('1.0')),
    kinds: ['LINK_EMPTY'],
    references: ['team/app:1.0'],
  },
  {
    name: "a tag's link ends with a newline",
    make: ({ registry, app }) => registry.append(app.tagLink('1.0'), '\n'),
    kinds: ['LINK_WHITESPACE'],
  },
  {
    name: "a tag's link is a directory",
    make: ({ registry, app }) => {
      const path = registry.remove(app.tagLink('1.0'));
      registry.tree.delete(path.replace(/\/link$/, ''));
      return putInPlace(registry, path, 'directory');
    },
    kinds: ['NOT_A_FILE'],
  },
  {
    name: "a tag's link is a pipe",
    make: ({ registry, app }) => putInPlace(registry, app.tagLink('1.0'), 'fifo'),
    kinds: ['NOT_A_FILE'],
    onDisk: true,
  },
  {
    name: 'a file among the tags',
    make: ({ put: at }) => at(`${TAGS}/README`, file),
    kinds: ['TAG_INVALID'],
  },
  {
    name: 'a tag whose name no tag can have',
    make: ({ put: at, image }) => void at(`${TAGS}/-1.0/current/link`, Buffer.from(image.digest)),
    kinds: ['TAG_INVALID'],
  },
];
