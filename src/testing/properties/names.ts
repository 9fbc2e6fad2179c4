import fc from 'fast-check';
import assert from 'node:assert/strict';
import path from 'node:path';
import { isScraperError, ScraperError } from '../../errors.ts';
import { algorithmOf, digestOf, encodedOf, isDigest, parseDigest } from '../../oci/digest.ts';
import { isRepository, isTag, parseReference, type Reference } from '../../oci/reference.ts';
import { parsePath, pathFor, STORAGE_ROOT, type PathSpec } from '../../registry/layout.ts';
import * as arbitrary from './arbitraries.ts';
import { property, type Property } from './property.ts';

/** What the work comes to; undefined if it is refused as bad input has to be. */
export function unlessRefused<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    assert.ok(isScraperError(error), String(error));
    return undefined;
  }
}

export function assertInside(name: string): void {
  assert.equal(path.posix.normalize(name), name);
  assert.ok(name === STORAGE_ROOT || name.startsWith('docker/registry/'), name);
  assert.doesNotMatch(name, /[\p{Cc}\\]|(^|\/)\.\.?(\/|$)/u);
}

function assertSound(reference: Reference): void {
  for (const repository of reference.repositories) {
    assert.ok(isRepository(repository), repository);
    assertInside(pathFor({ kind: 'repository', repository }));
    if (reference.tag !== undefined) {
      assert.ok(isTag(reference.tag), reference.tag);
      assertInside(pathFor({ kind: 'tagLink', repository, tag: reference.tag }));
    }
  }
  if (reference.digest !== undefined) assert.ok(isDigest(reference.digest), reference.digest);
  else assert.ok(reference.tag !== undefined);
}

const optional = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined });

export const referenceProperties: readonly Property[] = [
  property(
    'a reference parses to what it was put together from',
    12,
    fc.tuple(
      optional(arbitrary.host),
      arbitrary.repository,
      optional(arbitrary.tag),
      optional(arbitrary.digest),
    ),
    ([host, repository, tag, digest]) => {
      const name = host === undefined ? repository : `${host}/${repository}`;
      const text = name + (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
      const parsed = parseReference(text);
      assertSound(parsed);
      assert.equal(parsed.text, text);
      assert.ok(parsed.repositories.includes(repository));
      assert.equal(parsed.tag, tag ?? (digest === undefined ? 'latest' : undefined));
      assert.equal(parsed.digest, digest);
      if (host !== undefined) assert.equal(parsed.host, host);
    },
  ),
  property('any text is a sound reference or refused', 16, arbitrary.text, text => {
    const parsed = unlessRefused(() => parseReference(text));
    if (parsed) assertSound(parsed);
  }),
];

const forms = /^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;

export const digestProperties: readonly Property[] = [
  property('a digest is made again of its parts', 6, arbitrary.digest, digest => {
    assert.equal(digestOf(algorithmOf(digest), encodedOf(digest)), digest);
    assert.equal(parseDigest(digest), digest);
  }),
  property(
    'any other text is no digest, and is said to be none',
    12,
    fc.oneof(arbitrary.nearDigest, arbitrary.text),
    text => {
      // a line end may stand behind what $ matches
      const sound = forms.test(text) && !text.endsWith('\n');
      assert.equal(isDigest(text), sound);
      if (sound) assert.equal(parseDigest(text), text);
      else assert.throws(() => parseDigest(text), ScraperError);
    },
  ),
];

const { repository, tag, digest } = arbitrary;
const spec: fc.Arbitrary<PathSpec> = fc.oneof(
  fc.record({ kind: fc.constantFrom('blobs', 'repositories', 'databaseInUse') }),
  fc.record({ kind: fc.constant('blob'), digest }),
  fc.record({
    kind: fc.constantFrom('repository', 'layers', 'manifests', 'revisions', 'tags', 'uploads'),
    repository,
  }),
  fc.record({
    kind: fc.constantFrom('revision', 'signatures', 'layerLink', 'revisionLink'),
    repository,
    digest,
  }),
  fc.record({ kind: fc.constant('signatureLink'), repository, revision: digest, digest }),
  fc.record({ kind: fc.constantFrom('tag', 'tagLink'), repository, tag }),
  fc.record({ kind: fc.constant('tagHistoryLink'), repository, tag, digest }),
);

const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('_manifests', '_layers', '_uploads', 'tags', 'revisions', 'signatures'),
  },
  { weight: 4, arbitrary: fc.constantFrom('current', 'index', 'link', 'data', 'sha256', 'sha512', 'ab') },
  { weight: 2, arbitrary: component() },
  { weight: 2, arbitrary: digest.map(encodedOf) },
  { weight: 1, arbitrary: arbitrary.text },
);
function component(): fc.Arbitrary<string> {
  return fc.oneof(arbitrary.component, arbitrary.tag);
}

const builtPath = fc
  .tuple(
    fc.constantFrom(`${STORAGE_ROOT}/repositories/`, `${STORAGE_ROOT}/blobs/`, `${STORAGE_ROOT}/`, '', '/'),
    fc.array(piece, { maxLength: 8 }),
  )
  .map(([root, pieces]) => root + pieces.join('/'));
/** A path of the layout with something changed. */
const nearPath = fc
  .tuple(spec.map(pathFor), fc.nat(200), fc.nat(6), arbitrary.scraps)
  .map(([sound, at, removed, added]) => sound.slice(0, at) + added + sound.slice(at + removed));

export const layoutProperties: readonly Property[] = [
  property('what stands at a path is what it was built for', 14, spec, one => {
    const built = pathFor(one);
    assertInside(built);
    assert.deepEqual({ ...parsePath(built) }, { ...one });
  }),
  property(
    'a path that means something is the one that is built for that, and leads nowhere else',
    18,
    fc.oneof(builtPath, nearPath),
    name => {
      const parsed = parsePath(name);
      if (parsed === undefined) return;
      assert.equal(pathFor(parsed), name);
      assertInside(name);
    },
  ),
];
