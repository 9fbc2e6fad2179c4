import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestOf, type Digest } from '../oci/digest.ts';
import type { PlannedLink } from '../plan.ts';
import { pathFor } from '../registry/layout.ts';
import { planShipment } from '../testing/bundle.ts';
import { seededRandom, type Random } from '../testing/random.ts';
import { emptyDirectoriesOf, entriesOf, linksOf, repositoriesOf } from './links.ts';
import type { BundleRepository } from './manifest.ts';

/** A repository of any shape, all in it sorted but for the revisions. */
function randomRepository(random: Random, name: string): BundleRepository {
  const digest = (): Digest =>
    random.integer(4) === 0 ? digestOf('sha512', random.hex(128)) : digestOf('sha256', random.hex(64));
  const some = (most: number): Digest[] => Array.from({ length: random.integer(most) }, digest);
  const revisions = [...some(6), digest()];
  const layers = some(9).sort();
  const pick = (from: readonly Digest[]): Digest => from[random.integer(from.length)] ?? digest();
  const names = [
    'latest',
    '1',
    '10',
    '9',
    'V1',
    'v1',
    '__proto__',
    'constructor',
    'toString',
    `_${random.hex(20)}`,
  ];
  const chosen = names.filter(() => random.integer(2) === 0).sort();
  const signed = [...new Set([pick(revisions), pick(revisions)])].sort();
  const signatures = signed.map((revision): [string, Digest[]] => [revision, [...some(3), digest()].sort()]);
  const aliased = [...new Set([...layers, ...revisions])].filter(one => one.startsWith('sha512:')).sort();
  return {
    name,
    tags: Object.fromEntries(chosen.map(tag => [tag, pick(revisions)])),
    revisions,
    layers,
    ...(random.integer(2) === 0 && { signatures: Object.fromEntries(signatures) }),
    ...(aliased.length > 0 && { aliases: Object.fromEntries(aliased.map(one => [one, digest()])) }),
  };
}

function shuffled<T>(random: Random, items: readonly T[]): readonly T[] {
  return items
    .map(item => ({ item, at: random.integer(2 ** 32) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const written = (link: PlannedLink): string => `${pathFor(link)} ${link.target}`;

const linksIn = (repositories: readonly BundleRepository[]): PlannedLink[] =>
  repositories.flatMap(repository => Object.values(linksOf(repository)).flat() as PlannedLink[]);

describe('links of a bundle', () => {
  test('repositories become links and links the same repositories, whatever is in them', () => {
    const random = seededRandom('links');
    for (let round = 0; round < 300; round += 1) {
      const repositories = ['a', 'a/b', 'team/app'].map(name => randomRepository(random, name));
      const links = linksIn(repositories);
      assert.deepEqual(repositoriesOf(links), repositories);
      // but for revisions, their order does not matter
      const back = repositoriesOf(shuffled(random, links));
      const sorted = (list: readonly BundleRepository[]) =>
        list.map(one => ({ ...one, revisions: [...one.revisions].sort() }));
      assert.deepEqual(sorted(back), sorted(repositories));
    }
  });

  test('the links of a plan become repositories and those the same links', async () => {
    const { plan, manifest } = await planShipment();
    const planned = plan.images.flatMap(image => image.links.map(written));
    const back = linksIn(manifest.repositories).map(written);
    assert.deepEqual(back.toSorted(), [...new Set(planned)].sort());
    const directories = manifest.repositories.flatMap(emptyDirectoriesOf);
    const wanted = new Set(plan.images.flatMap(image => image.directories));
    for (const directory of wanted)
      assert.ok(
        directories.includes(directory) || back.some(link => link.startsWith(`${directory}/`)),
        directory,
      );
  });

  test('the name of a link and the content it leads to may have different digests', async () => {
    const { manifest } = await planShipment();
    const [other] = manifest.repositories;
    const [[alias, target] = []] = Object.entries(other?.aliases ?? {});
    assert.match(alias ?? '', /^sha512:/);
    assert.ok(manifest.blobs.some(({ digest }) => digest === target));
    assert.deepEqual(
      linksIn(manifest.repositories).filter(link => written(link).includes(String(alias?.slice(7)))),
      [{ kind: 'layerLink', repository: 'other', digest: alias, target }],
    );
  });

  test('layers come first, then revisions, directories, and tags last, each before its history', async () => {
    const { manifest } = await planShipment();
    const phase = (path: string): number =>
      [/_layers\/|signatures\//, /revisions\//, /_uploads$|_layers$/, /tags\//].findIndex(one =>
        one.test(path),
      );
    const paths = Array.from(entriesOf(manifest.repositories), ({ path }) => path);
    const phases = paths.map(phase);
    assert.deepEqual(phases, phases.toSorted());
    assert.deepEqual(new Set(phases), new Set([0, 1, 2, 3]));
    for (const [position, path] of paths.entries())
      if (/tags\/.*\/index\//.test(path)) assert.match(paths[position - 1] ?? '', /current\/link$/);
  });

  test('what no plan has is a defect', () => {
    const [a, b] = ['a', 'b'].map(one => digestOf('sha256', one.repeat(64))) as [Digest, Digest];
    const tag: PlannedLink = { kind: 'tagLink', repository: 'app', tag: '1', target: a };
    const history: PlannedLink = {
      ...{ kind: 'tagHistoryLink', repository: 'app', tag: '1', digest: a },
      target: a,
    };
    const layer: PlannedLink = { kind: 'layerLink', repository: 'app', digest: a, target: b };
    const wrong: readonly (readonly PlannedLink[])[] = [
      [tag],
      [history],
      [tag, { ...history, target: b }],
      [tag, history, { ...tag, target: b }],
      [layer, { ...layer, target: a }],
    ];
    for (const links of wrong) assert.throws(() => repositoriesOf(links), TypeError, JSON.stringify(links));
  });
});
