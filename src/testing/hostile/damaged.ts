import { damages } from '../damages/all.ts';
import { damageAtRandom } from '../random-damage.ts';
import { treeCase, type HostileCase } from './case.ts';
import * as runs from './runs.ts';

const anything = { codes: [0, 1, 3, 4] };
const looks = [runs.salvages(anything), runs.verifies(anything)];

/** All the ways in which storage goes wrong that verification knows by name. The judge takes a cache's layers for manifests. */
const judged = damages.filter(({ name }) => name !== "BuildKit's cache");
const known = judged.map(({ name, make }, number) =>
  treeCase(`storage in which ${name}`, make, [
    ...looks,
    number % 2 === 0 ? runs.takesInventory(anything) : runs.applies('data', anything),
  ]),
);

/** Several of them at once. */
const drawn = Array.from({ length: 20 }, (_, number) =>
  treeCase(
    `storage damaged at random, number ${String(number + 1)}`,
    ({ registry }, { random }) => {
      for (let times = 1 + random.integer(8); times > 0; times--) damageAtRandom(registry, random);
    },
    [...looks, runs.packs(['**:*', '--keep-going'], anything)],
  ),
);

export const damagedCases: readonly HostileCase[] = [...known, ...drawn];
