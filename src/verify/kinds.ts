/** How bad a finding is. It decides the exit code: `damaged` 4, `missing` 3, `notice` 0. */
export type Severity = 'damaged' | 'missing' | 'notice';

interface KindSpec {
  readonly severity: Severity;
  /** What all findings of this kind are, in the plural. */
  readonly title: string;
  /** What to do about one. */
  readonly hint: string;
}

/** Pushing does not mend a blob: a registry keeps what stands there (distribution, blobwriter.go `moveBlob`). */
const putBack =
  'put it back from a backup, or remove the file and push the image again: a push alone keeps it';
const pushAgain = 'push the image again, or put the file back from a backup';
const rewriteLink = "write the digest and nothing else into it: printf %s sha256:… > '…/link'";
const removeIt = 'look at what it is and move it out of the storage';

/**
 * Everything that can be found. The names are part of the JSON output: add, never rename. What is damaged or missing fails
 * in a stock registry, when it is served or in garbage collection; a notice does not.
 */
export const kinds = {
  // bytes
  BLOB_CORRUPT: {
    severity: 'damaged',
    title: 'blobs whose bytes are not what their digest says',
    hint: putBack,
  },
  BLOB_EMPTY: { severity: 'damaged', title: 'blobs of zero bytes', hint: putBack },
  BLOB_SIZE_INVALID: {
    severity: 'damaged',
    title: 'blobs of another size than a manifest says',
    hint: 'if the bytes are damaged, put them back from a backup; else build the image again, its manifest is wrong',
  },
  // links
  LINK_EMPTY: { severity: 'damaged', title: 'links without content', hint: rewriteLink },
  LINK_WHITESPACE: {
    severity: 'damaged',
    title: 'links with a newline or other white space',
    hint: rewriteLink,
  },
  LINK_MALFORMED: { severity: 'damaged', title: 'links that hold no digest', hint: rewriteLink },
  LINK_MISDIRECTED: {
    severity: 'damaged',
    title: 'links that lead to another digest than their name',
    hint: rewriteLink,
  },
  // things in the place of others
  NOT_A_FILE: {
    severity: 'damaged',
    title: 'directories, pipes or devices in place of files, or the reverse',
    hint: 'move it away, then push the image again',
  },
  SYMLINK_OUTSIDE: {
    severity: 'damaged',
    title: 'symbolic links that lead out of the storage: not looked at',
    hint: 'put the thing itself in place of the link; a bind mount will do',
  },
  SYMLINK_BROKEN: {
    severity: 'damaged',
    title: 'symbolic links that lead nowhere',
    hint: 'remove the link, then push the image again',
  },
  // manifests
  MANIFEST_INVALID: {
    severity: 'damaged',
    title: 'manifests that a registry cannot use; garbage-collect stops at them',
    hint: 'remove the revision from its repository and push a sound image',
  },
  MANIFEST_UNSUPPORTED: {
    severity: 'damaged',
    title: 'OCI artifact manifests, which no registry serves; garbage-collect stops at them',
    hint: 'remove the revision, and attach the artifact again with a current client',
  },
  TAG_INVALID: {
    severity: 'damaged',
    title: 'things among the tags that are none; the registry lists them all the same',
    hint: removeIt,
  },
  // garbage collection
  GC_BLOCKED: {
    severity: 'damaged',
    title: 'names that garbage-collect stops at',
    hint: removeIt,
  },
  GC_MISLED: {
    severity: 'damaged',
    title: 'files that hide repositories from garbage-collect, which then DELETES their blobs',
    hint: 'move the file out of the storage before garbage-collect runs again',
  },
  GC_DELETES: {
    severity: 'damaged',
    title: 'blobs in use that garbage-collect would delete',
    hint: 'push the image again with a current client before garbage-collect runs',
  },
  // missing
  BLOB_MISSING: { severity: 'missing', title: 'blobs that are not there', hint: pushAgain },
  MANIFEST_MISSING: {
    severity: 'missing',
    title: 'revisions whose manifest is not there',
    hint: 'push the image again; if nobody needs it, remove the revision',
  },
  LAYER_LINK_MISSING: {
    severity: 'missing',
    title: 'blobs that are there, but not linked in the repository',
    hint: 'push the image again, which links them',
  },
  DIRECTORY_MISSING: {
    severity: 'missing',
    title: 'directories of the storage without which garbage-collect fails',
    hint: 'put it back from a backup; where nothing was ever pushed, the first push makes it',
  },
  LAYERS_MISSING: {
    severity: 'missing',
    title: 'repositories without layers: registry 2 does not list them and garbage-collects them',
    hint: 'push the images again, or put the directory back from a backup',
  },
  TAG_GHOST: {
    severity: 'missing',
    title: 'tags without a current link: listed, but unknown when pulled',
    hint: "push the tag again, or remove the tag's directory",
  },
  TAG_DANGLING: {
    severity: 'missing',
    title: 'tags that point to a manifest the repository does not have',
    hint: "push the tag again, or remove the tag's directory",
  },
  // to know
  INDEX_SPARSE: {
    severity: 'notice',
    title: 'indexes of which not every entry is there',
    hint: 'as intended where only some platforms were copied',
  },
  MANIFEST_SCHEMA1: {
    severity: 'notice',
    title:
      'schema1 images: registry:2 serves them, registry:3 does not and its garbage-collect stops at them',
    hint: 'pull and push them with a client that converts them, before moving to registry:3',
  },
  BLOB_ORPHAN: {
    severity: 'notice',
    title: 'blobs that no manifest needs',
    hint: 'garbage-collect removes them',
  },
  LAYER_LINK_DANGLING: {
    severity: 'notice',
    title: 'layer links whose blob is gone, which no manifest needs',
    hint: 'garbage-collect of registry:2 leaves them; they do no harm',
  },
  TAG_HISTORY_INVALID: {
    severity: 'notice',
    title: "entries of tags' histories that cannot be used",
    hint: 'they are not read when serving; remove them',
  },
  UPLOAD_ABANDONED: {
    severity: 'notice',
    title: 'uploads that broke off more than a day ago',
    hint: 'the registry purges them after a week unless upload purging is off',
  },
  REPOSITORY_UNFINISHED: {
    severity: 'notice',
    title: 'repositories with layers and without manifests: pushes that never finished',
    hint: 'push again, or remove the directory',
  },
  TEMPORARY_FILE: {
    severity: 'notice',
    title: 'temporary files of a registry that was stopped',
    hint: 'remove them while the registry is stopped',
  },
  FOREIGN_FILE: { severity: 'notice', title: 'files that are not of a registry', hint: removeIt },
  DIRECTORY_EMPTY: {
    severity: 'notice',
    title: 'empty directories, as deleted images leave them',
    hint: 'they do no harm',
  },
  DATABASE_IN_USE: {
    severity: 'notice',
    title: 'a GitLab database decides what the registry holds; only the storage was verified',
    hint: 'compare with the database by its own tools',
  },
} as const satisfies Record<string, KindSpec>;

export type FindingKind = keyof typeof kinds;

export const findingKinds = Object.keys(kinds) as readonly FindingKind[];

export function severityOf(kind: FindingKind): Severity {
  return kinds[kind].severity;
}
