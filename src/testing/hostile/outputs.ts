import { mkdir, rename, symlink } from 'node:fs/promises';
import path from 'node:path';
import { pathFor } from '../../registry/layout.ts';
import { patient } from '../damages/patient.ts';
import { treeCase, type HostileCase } from './case.ts';
import * as runs from './runs.ts';
import { putThing, things } from './things.ts';

const repository = 'team/app';

/** What an output or a site may have where something is to be written. */
const spots: Readonly<Record<string, string>> = {
  'the output itself': '',
  'the root of the storage': 'docker',
  'the blobs': pathFor({ kind: 'blobs' }),
  'the repositories': pathFor({ kind: 'repositories' }),
  'a repository': pathFor({ kind: 'repository', repository }),
  'the tags': pathFor({ kind: 'tags', repository }),
  'the link of a tag': pathFor({ kind: 'tagLink', repository, tag: '1.0' }),
  'a layer': pathFor({ kind: 'blob', digest: patient().image.layer(0).stored }),
};

const leadsAway = things.filter(thing => thing.moves === 'outside' && thing.name.includes('symbolic link'));
const blocks = things.filter(({ name }) => /pipe|socket|endless zeros|the terminal$/.test(name));

const anything = { codes: [0, 1, 2, 3, 4] };

/**
 * What an output has already is looked up by its path, also where a directory on the way is a link: only what is written is
 * judged here, not what is looked at.
 */
const anywhere = '../'.repeat(20);
const leadsTo = ({ name }: (typeof things)[number]): readonly string[] =>
  name.includes('symbolic link') ? [anywhere] : [];

/** An output that is a link itself is the operator's own choice. */
const chosen = (below: string, { name }: (typeof things)[number]): readonly string[] =>
  below === '' && name.includes('to the same outside') ? ['site', 'outside'] : ['site'];

/** A full registry as output, in which one thing is something else: nothing is written through it, nor waited for. */
export const outputCases: readonly HostileCase[] = Object.entries(spots).flatMap(([spot, below]) =>
  [...new Set([...blocks, ...leadsAway])].map(thing =>
    treeCase(
      `an output with ${thing.name} in place of ${spot}`,
      () => undefined,
      [
        {
          ...runs.scrapes(['**:*'], anything),
          argv: ['**:*', '-d', 'data', '-o', 'site'],
          reads: ['data', ...leadsTo(thing)],
          writes: chosen(below, thing),
        },
        {
          ...runs.applies('data', anything),
          reads: ['data', ...leadsTo(thing)],
          writes: chosen(below, thing),
        },
      ],
      {
        async after(place) {
          const { registry } = patient();
          await registry.write(place.at('site'));
          await mkdir(place.at('data', 'docker'), { recursive: true });
          await putThing(place, path.join('site', below), thing);
        },
        ...(thing.root && { root: true }),
      },
    ),
  ),
);

/** What is the operator's own choice works: links to the data directory and to the output. */
export const ownChoices: readonly HostileCase[] = [
  treeCase(
    'a data directory and an output that are links of the operator',
    () => undefined,
    [
      {
        ...runs.scrapes([], { codes: [0] }),
        argv: ['**:*', '-d', 'way', '-o', 'exit'],
        reads: ['way', 'data'],
        writes: ['exit', 'real'],
      },
      { ...runs.verifies({ codes: [0] }, 'way'), reads: ['way', 'data'] },
      {
        ...runs.applies('way', { codes: [0] }),
        argv: ['apply', 'way', '-d', 'exit', '--no-fsync'],
        reads: ['way', 'data'],
        writes: ['exit', 'real'],
      },
    ],
    {
      async after({ at }) {
        await symlink('data', at('way'));
        await mkdir(at('real'));
        await symlink('real', at('exit'));
      },
    },
  ),
  treeCase(
    'a data directory below a link of the operator',
    () => undefined,
    [
      {
        ...runs.salvages({ codes: [0] }),
        argv: ['**:*', '-d', 'way/data', '-o', 'out'],
        reads: ['way', 'data', 'far'],
      },
    ],
    {
      async after({ at }) {
        await mkdir(at('far'));
        await rename(at('data'), at('far', 'data'));
        await symlink('far', at('way'));
      },
    },
  ),
];
