import { readdir, stat } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { builtProgram } from '../src/end-to-end/program.ts';
import { judge, readBounds, recordBounds, type Bounds } from './bench/bounds.ts';
import { isMet, renderFigures, type Figure } from './bench/figure.ts';
import { groups } from './bench/groups.ts';
import { closeScene, openScene, type Scene } from './bench/scene.ts';
import { mustRun } from './lib/command.ts';
import { explain } from './lib/log.ts';
import { root } from './lib/project.ts';

const names = Object.keys(groups) as (keyof typeof groups)[];
const usage = `Usage: npm run bench -- [--quick] [--rounds N] [--only ${names.join('|')}]... [--check|--record]

Measures the built binary and other tools, in turn, on a registry of 2 GiB that is made once and kept below the
directory for temporary files. --quick: 0.1 GiB, a smaller huge blob, fewer rounds,
and no aims for copying and linking, which on so little is mostly starting up. --check: fails when a figure is worse than its bound in
scripts/bench/bounds.json by more than noise. --record: writes these bounds.`;

/** Makes the binary if there is none, so that a fresh clone needs no other step. */
async function ensureBuilt(): Promise<void> {
  try {
    builtProgram();
  } catch {
    await mustRun(process.execPath, ['scripts/build.ts'], { cwd: root, output: 'inherit' });
  }
}

async function boundsAbout(): Promise<Omit<Bounds, 'figures'>> {
  const { command, args } = builtProgram();
  const version = await mustRun(command, [...args, '--version']);
  return {
    measured: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}`,
    node: process.version,
    commit: /^commit\s+(\S+)/m.exec(version)?.[1] ?? 'unknown',
  };
}

/** Says what got worse, and fails if anything did. */
async function check(figures: readonly Figure[]): Promise<void> {
  const bounds = await readBounds();
  const verdicts = judge(figures, bounds);
  const worse = verdicts.filter(verdict => verdict.worse);
  for (const { figure, value, bound = NaN, most = NaN } of worse)
    console.log(
      `WORSE  ${figure}: ${value.toFixed(3)}, was ${bound.toFixed(3)}, noise ends at ${most.toFixed(3)}`,
    );
  const unbound = verdicts.filter(({ bound }) => bound === undefined).length;
  console.log(
    `${worse.length} of ${verdicts.length} figures are worse than on ${bounds.measured} on ${bounds.machine}; ${unbound} have no bound.`,
  );
  if (worse.length > 0) process.exitCode = 1;
}

/** What the figures depend on. */
async function describeScene({ registry, rounds }: Scene): Promise<string> {
  const entries = await readdir(path.join(registry.root, 'docker/registry/v2/blobs'), {
    recursive: true,
    withFileTypes: true,
  });
  const files = entries.filter(entry => entry.isFile());
  let bytes = 0;
  for (const { parentPath, name } of files) bytes += (await stat(path.join(parentPath, name))).size;
  const { command, args } = builtProgram();
  const version = await mustRun(command, [...args, '--version']);
  return [
    version.trim().replaceAll(/\n/g, ', ').replaceAll(/ +/g, ' '),
    `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}; peers run on Node ${process.version}`,
    `${registry.references.length} images, ${files.length} blobs, ${(bytes / 2 ** 30).toFixed(2)} GiB in ${registry.root}`,
    `${rounds} rounds in turn (start-up: ${8 * rounds}); page cache warm unless said otherwise; disk flushed before each run`,
  ].join('\n');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      check: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const unknown = values.only.filter(name => !names.includes(name as keyof typeof groups));
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 5));
  // bounds are those of the full tree
  const small = values.quick && (values.check || values.record);
  if (values.help || small || unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  await ensureBuilt();
  const scene = await openScene({ quick: values.quick, rounds });
  try {
    console.log(`${await describeScene(scene)}\n`);
    const figures: Figure[] = [];
    for (const name of names.filter(name => values.only.length === 0 || values.only.includes(name))) {
      console.error(`measuring: ${name} …`);
      figures.push(...(await groups[name](scene)));
    }
    console.log(`\n${renderFigures(figures)}`);
    const missed = figures.filter(figure => isMet(figure) === false).length;
    console.log(`\n${missed === 0 ? 'All aims are met.' : `Aims not met: ${missed}.`}`);
    if (values.check) await check(figures);
    if (values.record) await recordBounds(figures, await boundsAbout());
  } finally {
    await closeScene(scene);
  }
}

await main().catch((error: unknown) => {
  console.error(explain(error));
  process.exitCode = 1;
});
