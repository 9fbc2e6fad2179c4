import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { isScraperError, type ScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { parsePath, pathFor } from '../registry/layout.ts';
import { planShipment, type PlannedShipment } from '../testing/bundle.ts';
import { announced, checkLink, type Announced } from './announced.ts';
import { entriesOf } from './links.ts';
import { MANIFEST_PATH, SIGNATURE_PATH } from './manifest.ts';
import { pathsOf } from './numbered.ts';

interface Entry {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly size: number;
}

describe('what a bundle manifest announces', () => {
  let shipment: PlannedShipment;
  let entries: readonly Entry[];
  before(async () => {
    shipment = await planShipment(undefined, (_, position) => position % 3 === 0);
    const { manifest, bytes } = shipment;
    entries = [
      { path: MANIFEST_PATH, kind: 'file', size: bytes.length },
      { path: SIGNATURE_PATH, kind: 'file', size: 64 },
      ...manifest.blobs.map(({ digest, size }): Entry => ({
        path: pathFor({ kind: 'blob', digest }),
        kind: 'file',
        size,
      })),
      ...Array.from(entriesOf(manifest.repositories), ({ path, target }): Entry =>
        target === undefined
          ? { path, kind: 'directory', size: 0 }
          : { path, kind: 'file', size: target.length },
      ),
    ];
  });

  function refused(work: () => unknown): ScraperError {
    try {
      work();
    } catch (error) {
      assert.ok(isScraperError(error, 'BUNDLE_INVALID'), String(error));
      assert.equal(error.details.path, 'bundle.tar');
      return error;
    }
    return assert.fail('accepted');
  }
  const check = (): Announced => announced(shipment.manifest, 'bundle.tar');
  const take = (found: Announced, { path, kind, size }: Entry) => found.take(path, kind, size);

  test('every entry of an archive is announced once, and nothing is missing when all were met', () => {
    const found = check();
    assert.deepEqual(
      [...pathsOf(shipment.manifest)],
      entries.map(entry => entry.path),
    );
    for (const entry of entries) assert.notEqual(take(found, entry).kind, 'parent');
    assert.deepEqual([...found.missing()], []);
    for (const entry of entries)
      assert.match(refused(() => take(found, entry)).message, /stands in it twice/);
  });

  test('entries may come in any order', () => {
    const found = check();
    for (const entry of entries.toReversed()) take(found, entry);
    assert.deepEqual([...found.missing()], []);
  });

  test('it says which entry is a blob, a link and a directory, and what they hold', () => {
    const found = check();
    const kinds = new Map<string, number>();
    for (const entry of entries) {
      const said = take(found, entry);
      kinds.set(said.kind, (kinds.get(said.kind) ?? 0) + 1);
      const spec = parsePath(entry.path);
      if (said.kind === 'blob') assert.equal(spec?.kind === 'blob' && spec.digest, said.blob.digest);
      if (said.kind !== 'link') continue;
      const planned = shipment.plan.images
        .flatMap(image => image.links)
        .find(link => pathFor(link) === entry.path);
      assert.equal(said.target, planned?.target);
    }
    assert.deepEqual([...kinds.keys()], ['manifest', 'signature', 'blob', 'link', 'directory']);
  });

  test('what is missing is told in the order of the archive; a signature need not be there', () => {
    const left = entries.filter((_, position) => position % 4 === 1);
    const found = check();
    for (const entry of entries) if (!left.includes(entry)) take(found, entry);
    assert.deepEqual(
      [...found.missing()],
      left.map(entry => entry.path).filter(one => one !== SIGNATURE_PATH),
    );
  });

  test('what is not announced is refused', () => {
    const { plan } = shipment;
    const digest = `sha256:${'7'.repeat(64)}` as Digest;
    const [kept] = plan.blobs.filter(blob => blob.inBase);
    assert.ok(kept);
    const repository = 'team/app';
    const links = [
      pathFor({ kind: 'blob', digest }),
      pathFor({ kind: 'blob', digest: kept.digest }),
      pathFor({ kind: 'layerLink', repository, digest }),
      pathFor({ kind: 'layerLink', repository: 'team', digest: kept.digest }),
      pathFor({ kind: 'revisionLink', repository, digest: kept.digest }),
      pathFor({ kind: 'signatureLink', repository, revision: digest, digest }),
      pathFor({ kind: 'tagLink', repository, tag: '2' }),
      pathFor({ kind: 'tagLink', repository, tag: 'toString' }),
      pathFor({ kind: 'tagHistoryLink', repository, tag: '1', digest }),
      pathFor({ kind: 'databaseInUse' }),
      ...['README', 'registry-scraper.json.bak', 'REGISTRY-SCRAPER.JSON', '', 'a/b', `docker`],
      `${pathFor({ kind: 'uploads', repository })}/x/data`,
    ];
    for (const one of links)
      assert.match(
        refused(() => check().take(one, 'file', kept.size)).message,
        /is not announced by its manifest as a file/,
        one,
      );
  });

  test('an entry of another size or kind is refused', () => {
    for (const entry of entries.slice(2)) {
      const other = entry.kind === 'file' ? 'directory' : 'file';
      assert.match(
        refused(() => check().take(entry.path, other, 0)).message,
        /is not announced by its manifest as a/,
      );
      if (entry.kind === 'directory') continue;
      for (const size of [0, entry.size - 1, entry.size + 1])
        assert.match(
          refused(() => check().take(entry.path, 'file', size)).message,
          new RegExp(
            `${path.basename(entry.path)}" of the archive has the wrong size: expected ${String(entry.size)} bytes, found ${String(size)}$`,
          ),
        );
    }
  });

  test('directories in which something announced stands are passed over, others are refused', () => {
    const parents = new Set<string>();
    for (const entry of entries.slice(2))
      for (let at = path.posix.dirname(entry.path); at !== '.'; at = path.posix.dirname(at)) parents.add(at);
    for (const directory of parents)
      if (!entries.some(entry => entry.path === directory))
        assert.deepEqual(check().take(directory, 'directory', 0), { kind: 'parent' }, directory);
    const strangers = [
      'etc',
      'docker/registry/v1',
      'docker/registry/v2/x',
      'docker/registry/v2/blobs/md5',
      'sha256',
      'index',
      'ab',
    ];
    const repository = 'team/app';
    const digest = `sha256:${'7'.repeat(64)}` as Digest;
    for (const directory of [
      ...strangers,
      pathFor({ kind: 'repository', repository: 'sha256' }),
      pathFor({ kind: 'repository', repository: 'tea' }),
      pathFor({ kind: 'repository', repository: 'team/app/x' }),
      pathFor({ kind: 'layers', repository: 'team' }),
      pathFor({ kind: 'revision', repository, digest }),
      pathFor({ kind: 'signatures', repository, digest }),
      pathFor({ kind: 'tag', repository, tag: '2' }),
      `${pathFor({ kind: 'tag', repository, tag: '2' })}/index`,
      `${pathFor({ kind: 'uploads', repository })}/x`,
      path.posix.dirname(pathFor({ kind: 'layerLink', repository, digest })),
      path.posix.dirname(pathFor({ kind: 'blob', digest })),
    ])
      assert.match(
        refused(() => check().take(directory, 'directory', 0)).message,
        /not announced .* as a directory/,
        directory,
      );
  });

  test('a link that holds something else is refused', () => {
    const target = `sha256:${'7'.repeat(64)}` as Digest;
    checkLink('a/link', target, Buffer.from(target), 'bundle.tar');
    for (const content of ['', `${target}\n`, target.replace('7', '8'), 'é'.repeat(500)]) {
      const error = refused(() => {
        checkLink('a/link', target, Buffer.from(content), 'bundle.tar');
      });
      assert.match(
        error.message,
        /^link "a\/link" of the archive is not what its manifest says: expected sha256:7+, found "/,
      );
      assert.ok(error.message.length < 600);
    }
  });
});
