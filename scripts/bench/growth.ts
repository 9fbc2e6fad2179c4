import path from 'node:path';
import { bulkRegistry, bulkShapes, type BulkShape } from '../../src/testing/bulk-registry.ts';
import { compare } from './compare.ts';
import type { Figure } from './figure.ts';
import { peakMemory } from './measure.ts';
import { warm } from './page-cache.ts';
import { ifInstalled, ourCommand, putAside, writes, type Scene } from './scene.ts';

/** Images of 50 MiB each, in 6 blobs. */
const bySize = (images: number): BulkShape => ({ ...bulkShapes.full, images });
/** Images of some 100 links each, most of them to layers that all share. */
const byLinks = (images: number): BulkShape => ({ ...bulkShapes.manyLinks, images });

const steps: readonly (readonly [string, BulkShape])[] = [
  ['0.1 GiB', bySize(2)],
  ['0.5 GiB', bySize(10)],
  ['2 GiB', bySize(40)],
  ['8 GiB', bySize(160)],
  ['1,000 links', byLinks(10)],
  ['10,000 links', byLinks(100)],
  ['100,000 links', byLinks(1000)],
];

/**
 * Whether time and memory go with what there is to do and no faster: each tree against `cp -a` of the same one, so that the
 * ratio is level where the growth is.
 */
export async function growth({ cache, work, rounds, quick }: Scene): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [size, shape] of steps) {
    if (quick && shape.images > 100) continue;
    const registry = await bulkRegistry(shape, cache);
    const [ours, cp] = [path.join(work, 'ours-grown'), path.join(work, 'cp-grown')];
    const command = ourCommand(registry, ours);
    figures.push(
      ...(await compare(
        `growth: scrape of ${size}`,
        writes(ours, ...command),
        [
          {
            name: 'cp -a (verifies nothing)',
            contender: ifInstalled(['cp'], () => writes(cp, 'cp', ['-a', registry.root, cp])),
          },
        ],
        rounds,
        warm(registry.root),
      )),
    );
    const peak = await peakMemory(...command);
    await putAside(ours);
    figures.push({
      title: `growth: peak memory of ${size}`,
      unit: 'memory',
      ours: peak === undefined ? [] : [peak],
    });
  }
  return figures;
}
