import { availableParallelism } from 'node:os';
import path from 'node:path';
import { builtProgram } from '../../src/end-to-end/program.ts';
import { crowdedRegistry, wideRegistry, wideRepository } from '../../src/testing/wide-registry.ts';
import { compare } from './compare.ts';
import type { Figure } from './figure.ts';
import { peakMemory } from './measure.ts';
import { ifInstalled, runs, type Scene } from './scene.ts';

/** `find` over the directories that name the tags, looking at nothing else. */
const FIND_TAGS = [
  ...['(', '-name', '_layers', '-o', '-name', 'revisions', '-o', '-name', '_uploads', ')', '-prune'],
  ...['-o', '-path', '*/_manifests/tags/*', '-print', '-prune'],
];
/** The same over repositories. */
const FIND_REPOSITORIES = ['-name', '_manifests', '-print', '-prune', '-o', '-name', '_*', '-prune'];

/** Choosing and looking in a registry of very many names. */
export async function choosing({ cache, rounds, quick }: Scene): Promise<readonly Figure[]> {
  const shape = quick ? { repositories: 1000, tags: 10 } : { repositories: 20_000, tags: 10 };
  const wide = await wideRegistry(shape, cache);
  const narrow = await wideRegistry({ repositories: 1, tags: 10 }, cache);
  const { command, args } = builtProgram();
  const dryRun = (root: string, reference: string): string[] => [
    ...[...args, reference, '--data-dir', root, '--dry-run', '--quiet'],
  ];
  const names = path.join(wide.root, 'docker/registry/v2/repositories');
  const count = `${String((shape.repositories * shape.tags) / 1000)},000 tags`;
  const find = (expression: readonly string[]) =>
    ifInstalled(['find'], () => runs('find', [names, ...expression]));
  return [
    ...(await compare(
      `ls, ${count}`,
      runs(command, [...args, 'ls', '--data-dir', wide.root]),
      [{ name: 'find over the same directories', contender: find(FIND_TAGS), aim: quick ? undefined : 1.5 }],
      rounds,
    )),
    ...(await compare(
      `one exact reference out of ${count}`,
      runs(command, dryRun(wide.root, `${wideRepository(shape.repositories - 1)}:1.0.0`)),
      [
        {
          name: 'the same out of 10 tags',
          contender: runs(command, dryRun(narrow.root, `${wideRepository(0)}:1.0.0`)),
          aim: 1.1,
        },
      ],
      4 * rounds,
    )),
    ...(await compare(
      `a glob over ${String(shape.repositories)} repositories that takes one`,
      runs(command, dryRun(wide.root, `group-*/app-${String(shape.repositories - 1)}:1.0.*`)),
      [{ name: 'find over the repositories', contender: find(FIND_REPOSITORIES) }],
      rounds,
    )),
  ];
}

/** Looking for what belongs to one image among very many manifests. */
export async function subjects({ cache, rounds, quick }: Scene): Promise<readonly Figure[]> {
  const manifests = quick ? 1000 : 50_000;
  const { root, references } = await crowdedRegistry(manifests, cache);
  const { command, args } = builtProgram();
  const scan = [...args, ...references, '--data-dir', root, '--dry-run', '--quiet'];
  const cores = String(availableParallelism());
  const hashAll = `find "$0" -name data -print0 | xargs -0 -n 256 -P ${cores} openssl dgst -sha256`;
  const blobs = path.join(root, 'docker/registry/v2/blobs');
  const openssl = ifInstalled(['openssl', 'find', 'xargs'], () => runs('sh', ['-c', hashAll, blobs]));
  const title = `subject scan of ${String(manifests)} revisions`;
  const peak = await peakMemory(command, scan);
  return [
    ...(await compare(
      title,
      runs(command, scan),
      [{ name: `openssl dgst of all blobs, ${cores} at once`, contender: openssl }],
      rounds,
    )),
    {
      title: `peak memory, ${title}`,
      unit: 'memory',
      ours: peak === undefined ? [] : [peak],
      aim: 200 * 2 ** 20,
    },
  ];
}
