/** What the program is doing when a system call fails. */
import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { buildRegistry } from '../testing/registry.ts';
import { runWhole } from './killed-run.ts';

/** A directory that holds all that a run reads and writes. */
export interface Stage {
  readonly at: (...names: readonly string[]) => string;
}

export interface FaultScene {
  readonly name: string;
  readonly argv: (stage: Stage) => readonly string[];
  /** The registry that is written, below {@link WORK}; nothing where another file is, or none. */
  readonly registry?: string;
  /** Makes what is there before a run. */
  readonly prepare?: (stage: Stage) => Promise<void>;
}

/** Everything that is written is below this directory of a stage. */
export const WORK = 'work';

const quiet = ['-j', '1', '--quiet'];
const everything = ['**:*'];

function scraping(name: string, flags: readonly string[] = []): FaultScene['argv'] {
  return ({ at }) => [...everything, '-d', at('source'), '-o', at(WORK, name), ...flags, ...quiet];
}

function applying(form: string): FaultScene {
  return {
    name: `apply ${form}`,
    registry: 'site',
    argv: ({ at }) => ['apply', at(form), '-d', at(WORK, 'site'), ...quiet],
    prepare: ({ at }) => cp(at('site'), at(WORK, 'site'), { recursive: true }),
  };
}

export const faultScenes: readonly FaultScene[] = [
  { name: 'scrape', registry: 'out', argv: scraping('out') },
  { name: 'scrape --fsync', registry: 'out', argv: scraping('out', ['--fsync']) },
  { name: 'scrape --link', registry: 'out', argv: scraping('out', ['--link']) },
  { name: 'scrape -o x.tar', argv: scraping('x.tar') },
  {
    name: 'scrape -o x.tar.zst --split --fsync',
    argv: scraping('x.tar.zst', ['--split', '100KiB', '--fsync']),
  },
  {
    name: 'scrape --newest-by created',
    registry: 'out',
    argv: ({ at }) => {
      const newest = ['--newest', '1', '--newest-by', 'created'];
      return ['team/*:*', ...newest, '-d', at('source'), '-o', at(WORK, 'out'), ...quiet];
    },
  },
  applying('x.tar'),
  applying('x.tar.zst'),
  applying('source'),
  { name: 'verify', argv: ({ at }) => ['verify', '-d', at('source'), '--json', '-j', '1'] },
  { name: 'verify x.tar', argv: ({ at }) => ['verify', at('x.tar'), '--json', '-j', '1'] },
  {
    name: 'inventory',
    argv: ({ at }) => ['inventory', '-d', at('source'), '-o', at(WORK, 'site.inv'), '--quiet'],
  },
  { name: 'ls', argv: ({ at }) => ['ls', '-l', '-d', at('source')] },
];

/** Makes a stage below `directory`, the same one every time. */
export async function makeStage(directory: string): Promise<Stage> {
  const at: Stage['at'] = (...names) => path.join(directory, ...names);
  const registry = buildRegistry('faults');
  const app = registry.repository('team/app');
  // more than one block of any of the ways to read and write
  const [large, layers] = [
    [300_000, 3000],
    [3000, 70_000],
  ];
  const platforms = [app.image({ layers: large }), app.image({ layers, platform: 'linux/arm64' })];
  const index = app.index(platforms, { tag: '1' });
  app.signature(index);
  app.artifact({ subject: index });
  app.image({ tag: '0', layers: [500] });
  registry.repository('db').image({ tag: 'latest', layers });
  await registry.write(at('source'));
  const site = buildRegistry('site');
  site.repository('team/app').image({ tag: '1', layers: [4000] });
  await site.write(at('site'));
  for (const form of ['x.tar', 'x.tar.zst'])
    await runWhole([...everything, '-d', at('source'), '-o', at(form), '--quiet']);
  return { at };
}

/** Makes what a scene finds before a run, and nothing else. */
export async function setScene(scene: FaultScene, stage: Stage): Promise<void> {
  await rm(stage.at(WORK), { recursive: true, force: true });
  await mkdir(stage.at(WORK));
  await scene.prepare?.(stage);
}
