import { encodedOf, type Digest } from '../../oci/digest.ts';
import { pathFor, STORAGE_ROOT } from '../../registry/layout.ts';
import { patient, type Patient } from '../damages/patient.ts';
import { treeCase, type HostileCase, type HostileRun } from './case.ts';
import * as runs from './runs.ts';
import { putThing, things } from './things.ts';

interface Spot {
  readonly name: string;
  readonly path: (patient: Patient) => string;
  /** `team/app:1.0` is not to be had without it; a blob without its link is. */
  readonly needed: boolean;
  /** What stands here instead is no more than a foreign file to a registry, which does not know that something was here. */
  readonly foreign?: true;
}

const repository = 'team/app';
const above = (name: string, levels: number): string => name.split('/').slice(0, -levels).join('/');
const blobOf = ({ stored }: { readonly stored: Digest }): string => pathFor({ kind: 'blob', digest: stored });

/** Every kind of place in a registry's storage. */
const spots: readonly Spot[] = [
  { name: 'the link of a tag', path: ({ app }) => app.tagLink('1.0'), needed: true },
  { name: 'the current directory of a tag', path: ({ app }) => above(app.tagLink('1.0'), 1), needed: true },
  { name: 'a tag', path: ({ app }) => above(app.tagLink('1.0'), 2), needed: true },
  { name: 'the tags', path: () => pathFor({ kind: 'tags', repository }), needed: true, foreign: true },
  {
    name: "an entry of a tag's history",
    path: ({ app, image }) => app.tagHistoryLink('1.0', image),
    needed: false,
  },
  { name: 'the link of a revision', path: ({ app, image }) => app.revisionLink(image), needed: true },
  { name: 'a revision', path: ({ app, image }) => above(app.revisionLink(image), 1), needed: true },
  { name: 'the revisions', path: () => pathFor({ kind: 'revisions', repository }), needed: true },
  { name: 'the link of a layer', path: ({ app, image }) => app.layerLink(image.layer(0)), needed: false },
  { name: 'the layers', path: () => pathFor({ kind: 'layers', repository }), needed: false },
  {
    name: 'the manifests of a repository',
    path: () => pathFor({ kind: 'manifests', repository }),
    needed: true,
  },
  {
    name: 'the uploads of a repository',
    path: () => pathFor({ kind: 'uploads', repository }),
    needed: false,
  },
  {
    name: 'a repository',
    path: () => pathFor({ kind: 'repository', repository }),
    needed: true,
    foreign: true,
  },
  {
    name: 'another repository',
    path: () => pathFor({ kind: 'repository', repository: 'zed' }),
    needed: false,
  },
  { name: 'the repositories', path: () => pathFor({ kind: 'repositories' }), needed: true },
  { name: 'a manifest', path: ({ image }) => blobOf(image), needed: true },
  { name: 'a config', path: ({ image }) => blobOf(image.config), needed: true },
  { name: 'a layer', path: ({ image }) => blobOf(image.layer(1)), needed: true },
  { name: 'the directory of a layer', path: ({ image }) => above(blobOf(image.layer(1)), 1), needed: true },
  {
    name: 'the directory of two digits',
    path: ({ image }) => `${STORAGE_ROOT}/blobs/sha256/${encodedOf(image.digest).slice(0, 2)}`,
    needed: true,
  },
  { name: 'the blobs', path: () => pathFor({ kind: 'blobs' }), needed: true },
];

const anything = { codes: [0, 1, 3, 4] };

/** What else looks at a registry; each case shows itself to one of them. */
const onlookers: readonly (readonly HostileRun[])[] = [
  [runs.salvages(anything)],
  [runs.lists(anything)],
  [runs.inspects('team/app:1.0', anything)],
  [runs.packs(['team/app:1.0'], anything)],
  [runs.takesInventory(anything)],
  [runs.compares('data', 'data', { codes: [0, 1, 2] })],
  [runs.applies('data', anything)],
  [runs.documents('team/app:multi', anything)],
];

/** Something else at every kind of place: never waited for, never followed out of the tree. */
export const placeCases: readonly HostileCase[] = spots.flatMap((spot, row) =>
  things.map((thing, column) => {
    const breaks = spot.needed && thing.sound !== true;
    const scrape = runs.scrapes(['team/app:1.0'], { codes: breaks ? [1, 3, 4] : [0, 1, 3, 4] });
    // a link that leads nowhere is nothing at all to a registry, and an empty directory may be all there ever was
    const unknown = spot.foreign === true || / to nowhere$|^an empty directory$/.test(thing.name);
    const verify = runs.verifies(breaks && !unknown ? { codes: [1, 3, 4] } : anything);
    const others = onlookers[(row * 3 + column) % onlookers.length] ?? [];
    return treeCase(`${thing.name} in place of ${spot.name}`, () => undefined, [scrape, verify, ...others], {
      after: place => putThing(place, `data/${spot.path(patient())}`, thing),
      ...(thing.root && { root: true }),
    });
  }),
);
