import { availableParallelism } from 'node:os';
import path from 'node:path';
import { builtProgram } from '../../src/end-to-end/program.ts';
import { bulkRegistry, bulkShapes, hugeBlobRegistry } from '../../src/testing/bulk-registry.ts';
import { startRegistry } from '../../src/testing/docker-registry.ts';
import { mustRun } from '../lib/command.ts';
import { choosing, subjects } from './choosing.ts';
import { shipping } from './shipping.ts';
import { compare, type Peer } from './compare.ts';
import type { Figure } from './figure.ts';
import { growth } from './growth.ts';
import { peakMemory } from './measure.ts';
import { cold, warm } from './page-cache.ts';
import { ifInstalled, ourCommand, putAside, runs, writes, type Scene } from './scene.ts';

/** Things that are measured against each other in the same rounds. */
export const groups = {
  copy,
  cold: fromDisk,
  many,
  link,
  rerun,
  start,
  memory,
  choosing,
  subjects,
  shipping,
  growth,
} as const satisfies Record<string, (scene: Scene) => Promise<readonly Figure[]>>;

async function copy(scene: Scene): Promise<readonly Figure[]> {
  const { registry, work, rounds, quick } = scene;
  const [ours, cp, rsync] = [path.join(work, 'ours'), path.join(work, 'cp'), path.join(work, 'rsync')];
  const skopeo = await skopeoContender(scene);
  try {
    const peers: readonly Peer[] = [
      {
        name: 'cp -a (verifies nothing)',
        contender: ifInstalled(['cp'], () => writes(cp, 'cp', ['-a', registry.root, cp])),
        aim: quick ? undefined : 1,
      },
      {
        name: 'rsync -a',
        contender: ifInstalled(['rsync'], () => writes(rsync, 'rsync', ['-a', `${registry.root}/`, rsync])),
        aim: quick ? undefined : 0.45,
      },
      {
        name: 'skopeo copy to one OCI layout',
        contender: skopeo.contender,
        aim: quick ? undefined : 0.35,
      },
    ];
    return await compare(
      'scrape everything, copying',
      writes(ours, ...ourCommand(registry, ours)),
      peers,
      rounds,
      warm(registry.root),
    );
  } finally {
    await skopeo.stop();
  }
}

/** The same where every byte comes from the disk. */
async function fromDisk({ registry, work, rounds }: Scene): Promise<readonly Figure[]> {
  const [ours, cp] = [path.join(work, 'ours-cold'), path.join(work, 'cp-cold')];
  return compare(
    'scrape everything, copying, from the disk',
    writes(ours, ...ourCommand(registry, ours)),
    [
      {
        name: 'cp -a (verifies nothing)',
        contender: ifInstalled(['cp', 'dd'], () => writes(cp, 'cp', ['-a', registry.root, cp])),
      },
    ],
    rounds,
    cold(registry.root),
  );
}

/** Starting and finishing files, where the bytes in them are nothing. */
async function many({ cache, work, rounds, quick }: Scene): Promise<readonly Figure[]> {
  const registry = await bulkRegistry(quick ? bulkShapes.fewSmall : bulkShapes.manySmall, cache);
  const [ours, cp] = [path.join(work, 'ours-many'), path.join(work, 'cp-many')];
  return compare(
    `scrape of ${quick ? '1,000' : '20,000'} blobs of 4 KiB`,
    writes(ours, ...ourCommand(registry, ours)),
    [
      {
        name: 'cp -a (verifies nothing)',
        contender: ifInstalled(['cp'], () => writes(cp, 'cp', ['-a', registry.root, cp])),
        aim: quick ? undefined : 1.5,
      },
    ],
    rounds,
  );
}

/** Pulls every image through a stock registry, one after the other, into one layout that holds each blob once. */
async function skopeoContender({ registry, work }: Scene) {
  const layout = path.join(work, 'layout');
  const contender = ifInstalled(['docker-registry', 'skopeo'], () => ({
    reset: () => putAside(layout),
    work: async () => {
      for (const reference of registry.references) {
        const flags = ['--insecure-policy', '--src-tls-verify=false', '--all', '--quiet'];
        const target = `oci:${layout}:${reference.replaceAll(/[/:]/g, '-')}`;
        await mustRun('skopeo', ['copy', ...flags, `docker://${address}/${reference}`, target]);
      }
    },
  }));
  if (typeof contender === 'string') return { contender, stop: () => Promise.resolve() };
  const { address, stop } = await startRegistry(registry.root);
  return { contender, stop };
}

async function link({ registry, work, rounds, quick }: Scene): Promise<readonly Figure[]> {
  const [ours, cp] = [path.join(work, 'ours-linked'), path.join(work, 'cp-linked')];
  const cores = availableParallelism();
  const hashAll = `find "$0" -name data -print0 | xargs -0 -n 8 -P ${cores} openssl dgst -sha256`;
  const blobs = path.join(registry.root, 'docker/registry/v2/blobs');
  return compare(
    'scrape everything, hard-linking (--link)',
    writes(ours, ...ourCommand(registry, ours, '--link')),
    [
      {
        name: `openssl dgst -sha256, ${cores} at once`,
        contender: ifInstalled(['openssl', 'find', 'xargs'], () => runs('sh', ['-c', hashAll, blobs])),
        aim: quick ? undefined : 1.15,
      },
      {
        name: 'cp -al (verifies nothing)',
        contender: ifInstalled(['cp'], () => writes(cp, 'cp', ['-al', registry.root, cp])),
      },
    ],
    rounds,
    warm(registry.root),
  );
}

async function rerun({ registry, work, rounds }: Scene): Promise<readonly Figure[]> {
  const output = path.join(work, 'complete');
  const command = ourCommand(registry, output);
  const rsync = ['-a', `${registry.root}/`, output];
  await mustRun(...command);
  const contender = ifInstalled(['rsync'], () => runs('rsync', rsync));
  if (typeof contender !== 'string') await contender.work(); // takes over the times of the files, which rsync goes by
  return compare(
    'rerun with nothing to do',
    runs(...command),
    [{ name: 'rsync -a', contender, aim: 1 }],
    4 * rounds,
  );
}

async function start({ registry, rounds }: Scene): Promise<readonly Figure[]> {
  const { command, args } = builtProgram();
  const node = { name: 'node -e 0', contender: runs(process.execPath, ['-e', '0']) };
  const one = [...args, registry.references[0] ?? '', '--data-dir', registry.root, '--dry-run', '--quiet'];
  return [
    ...(await compare(
      'start-up: --version',
      runs(command, [...args, '--version']),
      [{ ...node, aim: 1.25 }],
      8 * rounds,
    )),
    ...(await compare(
      'start-up: dry run of one image',
      runs(command, one),
      [{ ...node, aim: 2 }],
      8 * rounds,
    )),
  ];
}

async function memory({ registry, cache, work, rounds, quick, hugeBlob }: Scene): Promise<readonly Figure[]> {
  const output = path.join(work, 'memory');
  const huge = await hugeBlobRegistry(hugeBlob, cache);
  const aim = 160 * 2 ** 20;
  const figures: Figure[] = [];
  const linked = await bulkRegistry(quick ? bulkShapes.fewLinks : bulkShapes.manyLinks, cache);
  for (const [title, source, flags, most] of [
    ['peak memory, copying everything', registry, [], aim],
    ['peak memory, linking everything', registry, ['--link'], aim],
    [`peak memory, one blob of ${hugeBlob / 2 ** 30} GiB`, huge, [], aim],
    [`peak memory, ${quick ? '2,000' : '200,000'} links`, linked, [], 200 * 2 ** 20],
  ] as const) {
    const ours: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const peak = await peakMemory(...ourCommand(source, output, ...flags));
      if (peak !== undefined) ours.push(peak);
      await putAside(output);
    }
    figures.push({ title, unit: 'memory', ours, aim: most });
  }
  return figures;
}
