import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { builtProgram } from '../../src/end-to-end/program.ts';
import { mustRun } from '../lib/command.ts';
import { compare } from './compare.ts';
import type { Figure } from './figure.ts';
import { manyBlobs } from './many-blobs.ts';
import { peakMemory, type Contender } from './measure.ts';
import { warm } from './page-cache.ts';
import { ifInstalled, putAside, runs, writes, type Scene } from './scene.ts';

/** A command whose output goes into a pipe that somebody empties. */
const piped = (command: string): Contender => runs('sh', ['-c', `${command} | cat > /dev/null`]);

/** Archives, apply, verify and inventory. */
export async function shipping({ registry, cache, work, rounds, quick }: Scene): Promise<readonly Figure[]> {
  const { command, args } = builtProgram();
  const program = [command, ...args].map(word => `'${word}'`).join(' ');
  const selection = `${registry.references.join(' ')} --data-dir '${registry.root}' --quiet --no-progress`;
  const aim = (most: number): number | undefined => (quick ? undefined : most);
  const tree = `-C '${registry.root}' docker`;
  const bundle = path.join(work, 'bundle.tar');
  await mustRun('sh', ['-c', `${program} ${selection} -o '${bundle}'`]);
  const cores = String(availableParallelism());
  const hashAll = `find "$0" -name data -print0 | xargs -0 -n 8 -P ${cores} openssl dgst -sha256`;
  const blobs = path.join(registry.root, 'docker/registry/v2/blobs');
  const [ours, unpacked, copied] = ['applied', 'unpacked', 'copied'].map(name => path.join(work, name));
  const apply = (...flags: string[]): Contender =>
    into(ours ?? '', command, [...args, 'apply', bundle, '-d', ours ?? '', '--quiet', ...flags]);
  const readBundle = (): Promise<unknown> => mustRun('sh', ['-c', `cat '${bundle}' > /dev/null`]);
  const many = await manyBlobs(quick ? 2000 : 200_000, cache);
  const inventory = [
    ...args,
    'inventory',
    '-d',
    many,
    '-o',
    path.join(work, 'site.inv'),
    '--force',
    '--quiet',
  ];
  return [
    ...(await compare(
      'tar to a pipe, proved',
      piped(`${program} ${selection} -o -`),
      [
        {
          name: 'tar c (verifies nothing)',
          contender: ifInstalled(['tar'], () => piped(`tar c ${tree}`)),
          aim: aim(1),
        },
      ],
      rounds,
      warm(registry.root),
    )),
    ...(await compare(
      'tar.zst to a pipe, proved',
      piped(`${program} ${selection} -o - --compress zstd:3`),
      [
        {
          name: `tar c | zstd -3 -T${cores}`,
          contender: ifInstalled(['tar', 'zstd'], () => piped(`tar c ${tree} | zstd -3 -T${cores} -q`)),
        },
        {
          name: 'tar c | zstd -3',
          contender: ifInstalled(['tar', 'zstd'], () => piped(`tar c ${tree} | zstd -3 -q`)),
        },
      ],
      rounds,
      warm(registry.root),
    )),
    ...(await compare(
      'apply, without waiting for the disk',
      apply('--no-fsync'),
      [
        {
          name: 'tar x (verifies nothing)',
          contender: ifInstalled(['tar'], () =>
            into(unpacked ?? '', 'tar', ['x', '-f', bundle, '-C', unpacked ?? '']),
          ),
          aim: aim(1.1),
        },
        {
          name: 'cp -a',
          contender: ifInstalled(['cp'], () =>
            writes(copied ?? '', 'cp', ['-a', registry.root, copied ?? '']),
          ),
        },
      ],
      rounds,
      readBundle,
    )),
    ...(await compare(
      'apply, all on the disk',
      apply(),
      [
        {
          name: 'tar x, then sync of the file system',
          contender: ifInstalled(['tar', 'sync'], () =>
            into(unpacked ?? '', 'sh', [
              '-c',
              `tar x -f '${bundle}' -C '${unpacked ?? ''}' && sync -f '${unpacked ?? ''}'`,
            ]),
          ),
        },
      ],
      rounds,
      readBundle,
    )),
    ...(await compare(
      'verify a directory',
      runs(command, [...args, 'verify', registry.root, '--quiet']),
      [
        {
          name: `openssl dgst -sha256, ${cores} at once`,
          contender: ifInstalled(['openssl', 'find', 'xargs'], () => runs('sh', ['-c', hashAll, blobs])),
          aim: aim(1.15),
        },
      ],
      rounds,
      warm(registry.root),
    )),
    ...(await compare(
      `inventory of ${quick ? '2000' : '200,000'} blobs`,
      runs(command, inventory),
      [
        {
          name: 'find -size of all files',
          contender: ifInstalled(['find'], () => runs('find', [many, '-type', 'f', '-size', '+1c'])),
        },
      ],
      rounds,
    )),
    ...(await peaks(
      [
        [
          'packing a tar',
          [
            ...args,
            ...registry.references,
            '-d',
            registry.root,
            '-o',
            path.join(work, 'peak.tar'),
            '--force',
            '-q',
          ],
        ],
        [
          'packing a tar.zst',
          [
            ...args,
            ...registry.references,
            '-d',
            registry.root,
            '-o',
            path.join(work, 'peak.tar.zst'),
            '--force',
            '-q',
          ],
        ],
        [
          'apply',
          [...args, 'apply', bundle, '-d', await emptyDirectory(path.join(work, 'peak')), '-q', '--no-fsync'],
        ],
        ['verify of a bundle', [...args, 'verify', bundle, '-q']],
        ['inventory', inventory],
      ],
      command,
    )),
  ];
}

/** A contender that writes into a directory, which is empty each time. */
function into(directory: string, command: string, args: readonly string[]): Contender {
  let made = false;
  return {
    async work() {
      if (!made) await mkdir(directory, { recursive: true });
      made = true;
      await mustRun(command, args);
    },
    async reset() {
      await putAside(directory);
      made = false;
    },
  };
}

async function emptyDirectory(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  return directory;
}

async function peaks(
  jobs: readonly (readonly [title: string, args: readonly string[]])[],
  command: string,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [title, args] of jobs) {
    const peak = await peakMemory(command, args);
    figures.push({
      title: `peak memory, ${title}`,
      unit: 'memory',
      ours: peak === undefined ? [] : [peak],
      aim: 160 * 2 ** 20,
    });
  }
  return figures;
}
