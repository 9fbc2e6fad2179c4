import { symlink, truncate, writeFile } from 'node:fs/promises';
import {
  bombOf,
  contentOf,
  digestFor,
  frameOf,
  inventoryFile,
  inventoryOf,
  sealedInventory,
} from '../inventory.ts';
import { treeCase, type HostileCase } from './case.ts';
import { oddNames } from './names.ts';
import * as runs from './runs.ts';

const most = Number.MAX_SAFE_INTEGER;
const none = [0, 0, 0];
const digest = Buffer.alloc(32, 1);
const tag = (name: string): Buffer => contentOf(...none, name.length, name, 0);

/** Contents with a right checksum. */
const sealed: Readonly<Record<string, () => Buffer>> = {
  'is empty': () => sealedInventory(Buffer.alloc(0)),
  'is of version 65,535': () => sealedInventory(contentOf(...none, 0, 0, 0, 0, 0), { version: 65_535 }),
  'claims blobs beyond all': () => sealedInventory(contentOf(most)),
  'claims more blobs than it has': () => sealedInventory(contentOf(5, digest, 7)),
  'has a number that never ends': () => sealedInventory(Buffer.alloc(64, 0xff)),
  'has a size beyond 2^53': () =>
    sealedInventory(Buffer.concat([contentOf(1, digest), Buffer.alloc(9, 0xff)])),
  'has the same blob twice': () => sealedInventory(contentOf(2, digest, 7, digest, 7, 0, 0, 0, 2, 14, 0, 0)),
  'has its blobs in no order': () =>
    sealedInventory(contentOf(2, Buffer.alloc(32, 2), 7, digest, 7, 0, 0, 0, 2, 14, 0, 0)),
  'has totals that lie': () => sealedInventory(contentOf(1, digest, 7, 0, 0, 0, most, most, most, most)),
  'has more behind its end': () => sealedInventory(contentOf(...none, 0, 0, 0, 0, 0, 'more')),
  'has a name of endless length': () => sealedInventory(contentOf(...none, most, 'a')),
  'has a name that is a way out': () => sealedInventory(tag('../../outside')),
  'is no compressed frame': () => sealedInventory(Buffer.alloc(0), { compressed: Buffer.alloc(50, 7) }),
  'unpacks to 20 GiB of zeros': () =>
    sealedInventory(Buffer.alloc(0), { compressed: bombOf(contentOf(...none), 20 * 2 ** 30) }),
  'unpacks to 20 GiB of blobs': () =>
    sealedInventory(Buffer.alloc(0), { compressed: bombOf(contentOf(most), 20 * 2 ** 30) }),
  'is two frames': () =>
    sealedInventory(Buffer.alloc(0), {
      compressed: Buffer.concat([frameOf(contentOf(0)), frameOf(contentOf(0))]),
    }),
};

const refused = { codes: [2, 3, 4] };
const readers = [
  runs.verifies({ codes: [2, 3, 4] }, 'bad.inv'),
  runs.compares('data', 'bad.inv', { codes: [2] }),
  runs.plans(['team/app:1.0', '--base', 'bad.inv'], refused, ['bad.inv']),
  { ...runs.packs(['team/app:1.0', '--base', 'bad.inv'], refused), reads: ['data', 'bad.inv'] },
];

const written = Object.entries(sealed).map(([what, make]) =>
  treeCase(`an inventory that ${what}`, () => undefined, readers, {
    after: ({ at }) => writeFile(at('bad.inv'), make()),
  }),
);

const named = Object.entries(oddNames).map(([what, name]) =>
  treeCase(`an inventory with ${what} as a name`, () => undefined, readers, {
    after: ({ at }) => writeFile(at('bad.inv'), sealedInventory(tag(Buffer.from(name).toString('latin1')))),
  }),
);

const special: readonly HostileCase[] = [
  treeCase('an inventory of 4 GiB', () => undefined, readers, {
    async after({ at }) {
      await writeFile(at('bad.inv'), await inventoryFile(inventoryOf([{ digest: digestFor('a'), size: 5 }])));
      await truncate(at('bad.inv'), 4 * 2 ** 30);
    },
  }),
  treeCase('an inventory that is a link to itself', () => undefined, readers, {
    after: ({ at }) => symlink('bad.inv', at('bad.inv')),
  }),
];

export const inventoryCases: readonly HostileCase[] = [...written, ...named, ...special];
