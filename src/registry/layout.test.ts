import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../oci/digest.ts';
import { parsePath, pathFor, type PathSpec } from './layout.ts';

const digest = digestOf('sha256', 'ab'.repeat(32));
const other = digestOf('sha512', 'cd'.repeat(64));
const repository = 'team/app';
const root = 'docker/registry/v2';
const home = `${root}/repositories/team/app`;
const hex = 'ab'.repeat(32);
const hex512 = 'cd'.repeat(64);

const table: readonly [PathSpec, string][] = [
  [{ kind: 'blobs' }, `${root}/blobs`],
  [{ kind: 'blob', digest }, `${root}/blobs/sha256/ab/${hex}/data`],
  [{ kind: 'blob', digest: other }, `${root}/blobs/sha512/cd/${hex512}/data`],
  [{ kind: 'repositories' }, `${root}/repositories`],
  [{ kind: 'repository', repository }, home],
  [{ kind: 'repository', repository: 'a' }, `${root}/repositories/a`],
  [{ kind: 'layers', repository }, `${home}/_layers`],
  [{ kind: 'uploads', repository }, `${home}/_uploads`],
  [{ kind: 'manifests', repository }, `${home}/_manifests`],
  [{ kind: 'revisions', repository }, `${home}/_manifests/revisions`],
  [{ kind: 'tags', repository }, `${home}/_manifests/tags`],
  [{ kind: 'layerLink', repository, digest }, `${home}/_layers/sha256/${hex}/link`],
  [{ kind: 'layerLink', repository, digest: other }, `${home}/_layers/sha512/${hex512}/link`],
  [{ kind: 'revision', repository, digest }, `${home}/_manifests/revisions/sha256/${hex}`],
  [{ kind: 'revisionLink', repository, digest }, `${home}/_manifests/revisions/sha256/${hex}/link`],
  [{ kind: 'signatures', repository, digest }, `${home}/_manifests/revisions/sha256/${hex}/signatures`],
  [
    { kind: 'signatureLink', repository, revision: digest, digest: other },
    `${home}/_manifests/revisions/sha256/${hex}/signatures/sha512/${hex512}/link`,
  ],
  [{ kind: 'tag', repository, tag: '1.2' }, `${home}/_manifests/tags/1.2`],
  [{ kind: 'tagLink', repository, tag: '1.2' }, `${home}/_manifests/tags/1.2/current/link`],
  [{ kind: 'tagLink', repository, tag: 'current' }, `${home}/_manifests/tags/current/current/link`],
  [
    { kind: 'tagHistoryLink', repository, tag: 'index', digest },
    `${home}/_manifests/tags/index/index/sha256/${hex}/link`,
  ],
  [{ kind: 'databaseInUse' }, 'docker/registry/lockfiles/database-in-use'],
];

test('every path is built as the registry builds it, and parsed back to what it was built from', () => {
  for (const [spec, path] of table) {
    assert.equal(pathFor(spec), path);
    assert.deepEqual(parsePath(path), spec, path);
  }
});

test('the table has every kind of path', () => {
  const kinds: Record<PathSpec['kind'], true> = {
    ...{
      blobs: true,
      blob: true,
      repositories: true,
      repository: true,
      layers: true,
      manifests: true,
      revisions: true,
    },
    ...{ tags: true, uploads: true, layerLink: true, revisionLink: true, revision: true, signatures: true },
    ...{ signatureLink: true, tag: true, tagLink: true, tagHistoryLink: true, databaseInUse: true },
  };
  assert.deepEqual([...new Set(table.map(([spec]) => spec.kind))].sort(), Object.keys(kinds).sort());
});

test('a repository may be nested in another', () => {
  assert.deepEqual(parsePath(`${home}/sub/_layers`), { kind: 'layers', repository: 'team/app/sub' });
});

test('what a registry ignores has no meaning', () => {
  const ignored = [
    '',
    'docker',
    root,
    `${root}/`,
    `${root}/other`,
    `/${root}/blobs`,
    `${root}/blobs/sha256`,
    `${root}/blobs/sha256/ab/${hex}`,
    `${root}/blobs/sha256/ac/${hex}/data`,
    `${root}/blobs/sha256/ab/${hex}/data.0b1c.tmp`,
    `${root}/blobs/sha256/ab/${hex}/data/x`,
    `${root}/blobs/md5/ab/${hex}/data`,
    `${root}/blobs/sha256/ab/${hex.toUpperCase()}/data`,
    `${root}/repositories/`,
    `${root}/repositories/../x/_layers`,
    `${root}/repositories/Team/_layers`,
    `${root}/repositories/_layers`,
    `${home}/_trash`,
    `${home}/_uploads/0b1c/data`,
    `${home}/_layers/sha256/${hex}`,
    `${home}/_layers/sha256/${hex}/link.0b1c.tmp`,
    `${home}/_layers/tarsum/v1/sha256/${hex}/link`,
    `${home}/_manifests/revisions/sha256`,
    `${home}/_manifests/revisions/sha256/${hex}/link/x`,
    `${home}/_manifests/revisions/sha256/${hex}/signatures/sha256/${hex}`,
    `${home}/_manifests/tags/.hidden`,
    `${home}/_manifests/tags/1.2/current`,
    `${home}/_manifests/tags/1.2/index/sha256/${hex}`,
    `${home}/_manifests/tags/1.2/other/link`,
    `${home}/_manifests/other`,
  ];
  for (const path of ignored) assert.equal(parsePath(path), undefined, path);
});

test('a path that differs in one component stands for nothing, or for what it is built from in turn', () => {
  const edits: readonly ((component: string) => readonly string[])[] = [
    () => [],
    () => ['other'],
    () => ['link'],
    component => [component, component],
    component => [component, 'x'],
    component => ['x', component],
    component => [`${component}x`],
    component => [component.slice(1)],
    component => [`${component.slice(0, -1)}0`],
  ];
  let meaningless = 0;
  for (const [, path] of table) {
    const components = path.split('/');
    for (const at of components.keys()) {
      for (const edit of edits) {
        const edited = components.toSpliced(at, 1, ...edit(components[at] ?? '')).join('/');
        const spec = parsePath(edited);
        if (spec === undefined) meaningless += 1;
        else assert.equal(pathFor(spec), edited);
      }
    }
  }
  assert.ok(meaningless > 500, String(meaningless));
});
