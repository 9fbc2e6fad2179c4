import { archiveCases } from './archives.ts';
import type { HostileCase } from './case.ts';
import { changingCases } from './changing.ts';
import { damagedCases } from './damaged.ts';
import { inventoryCases } from './inventories.ts';
import { linkCases } from './links.ts';
import { listCases } from './lists.ts';
import { manifestCases } from './manifests.ts';
import { nameCases } from './names.ts';
import { outputCases, ownChoices } from './outputs.ts';
import { placeCases } from './places.ts';
import { referenceCases } from './references.ts';

/** Everything that was made to do harm. */
export const hostileCases: readonly HostileCase[] = [
  ...placeCases,
  ...linkCases,
  ...nameCases,
  ...manifestCases,
  ...damagedCases,
  ...referenceCases,
  ...listCases,
  ...archiveCases,
  ...inventoryCases,
  ...outputCases,
  ...ownChoices,
  ...changingCases,
];
