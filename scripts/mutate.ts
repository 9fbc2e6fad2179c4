import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { explain } from './lib/log.ts';
import { root } from './lib/project.ts';
import { exitOnSignals, withScratchFolder } from './lib/scratch.ts';
import { compiler } from './mutate/compile.ts';
import { fits, outdated, readMarks, type Mark } from './mutate/marks.ts';
import { modules, type Module } from './mutate/modules.ts';
import { mutantsOf, type Mutant } from './mutate/mutants.ts';
import { quickTests, type Quick } from './mutate/quick.ts';
import { sample } from './mutate/sample.ts';
import { laboratory, type Laboratory, type Tests } from './mutate/trial.ts';

const names = Object.keys(modules);
const usage = `Usage: npm run mutate -- [--only ${names.join('|')}|FILE]... [--sample N] [--seed N] [--quick] [--again FILE]...

Puts one fault after another into the modules on which the trust in this program rests, in a copy of the project, and runs
their tests: a fault that no test notices survives. Prints how many were noticed and where the others are; if there are any,
the exit code is 1. --sample: no more than N faults of each file, drawn with --seed (1).
--quick: without the tests that need a process of their own; then more survive than do.
--again: only what survived an earlier run, which wrote this file.`;

interface Tally {
  tried: number;
  killed: number;
  marked: number;
  readonly survivors: Mutant[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      again: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const seed = Number(values.seed);
  const most = values.sample === undefined ? Infinity : Number(values.sample);
  const known = new Set([...names, ...Object.values(modules).flatMap(({ files }) => files)]);
  const wrong = Number.isNaN(seed) || Number.isNaN(most) || values.only.some(name => !known.has(name));
  if (values.help || wrong) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const wanted = new Set(values.only);
  const earlier = values.again.length > 0 ? await survivorsIn(values.again) : undefined;
  await withScratchFolder(tmpdir(), 'registry-scraper-mutate-', async folder => {
    const compiles = compiler(root);
    const place = await laboratory(folder);
    const tallies = new Map<string, Tally>();
    for (const [name, module] of Object.entries(modules)) {
      const files = module.files.filter(file => wanted.size === 0 || wanted.has(name) || wanted.has(file));
      if (files.length === 0) continue;
      const quick = await quickTests(testsOf(module), place.tree, join(folder, 'quick'));
      try {
        for (const file of files) {
          const text = await readFile(join(root, file), 'utf8');
          const all = mutantsOf(file, text);
          const marks = readMarks().filter(mark => mark.file === file);
          const [gone] = outdated(marks, all);
          if (gone !== undefined) throw new Error(`marks.json names what ${file} does not have: ${gone}`);
          const left = earlier ? all.filter(({ change }) => earlier.has(`${file} ${change}`)) : all;
          const drawn = sample(left, most, seed).filter(compiles);
          const groups = values.quick ? [] : [...besideOf(file), ...module.tests];
          const tally = await check(quick, place, drawn, { text, groups, marks });
          tallies.set(file, tally);
          tell(name, file, tally);
        }
      } finally {
        await quick.close();
      }
    }
    summarize(tallies);
  });
}

/** File and change of what the output of earlier runs says survived; lines may have moved since. */
async function survivorsIn(outputs: readonly string[]): Promise<ReadonlySet<string>> {
  const texts = await Promise.all(outputs.map(output => readFile(output, 'utf8')));
  const found = texts.flatMap(text => [...text.matchAll(/^survives: (\S+):\d+  (.*)$/gm)]);
  return new Set(found.map(([, file = '', change = '']) => `${file} ${change}`));
}

/** The test file next to a file, if there is one. */
function besideOf(file: string): readonly Tests[] {
  const beside = file.replace(/\.ts$/, '.test.ts');
  return existsSync(join(root, beside)) ? [[beside]] : [];
}

function testsOf({ files, tests }: Module): readonly string[] {
  return [...new Set([...files.flatMap(besideOf), ...tests].flat())];
}

/** Tries a file's faults one after the other. */
async function check(
  quick: Quick,
  place: Laboratory,
  mutants: readonly Mutant[],
  {
    text,
    groups,
    marks,
  }: { readonly text: string; readonly groups: readonly Tests[]; readonly marks: readonly Mark[] },
): Promise<Tally> {
  const tally: Tally = { tried: 0, killed: 0, marked: 0, survivors: [] };
  for (const mutant of mutants) {
    if (marks.some(mark => fits(mark, mutant))) {
      tally.marked += 1;
      continue;
    }
    tally.tried += 1;
    if ((await quick.try(mutant)) !== undefined || (await place.try(mutant, text, groups))) {
      tally.killed += 1;
      continue;
    }
    tally.survivors.push(mutant);
    console.error(`survives: ${placeOf(mutant)}`);
  }
  return tally;
}

function tell(name: string, file: string, tally: Tally): void {
  const { tried, killed, marked, survivors } = tally;
  const counts = `${String(tried)} faults, ${String(killed)} noticed, ${String(survivors.length)} not, ${String(marked)} left out`;
  console.log(`${name}  ${file}: ${counts}`);
  for (const mutant of survivors) console.log(`  ${placeOf(mutant)}`);
}

function placeOf({ file, line, change }: Mutant): string {
  return `${file}:${String(line)}  ${change}`;
}

function summarize(tallies: ReadonlyMap<string, Tally>): void {
  console.log('\nmodule      faults  noticed  survived  left out');
  for (const [name, { files }] of Object.entries(modules)) {
    const own = files.map(file => tallies.get(file)).filter(tally => tally !== undefined);
    if (own.length === 0) continue;
    const sum = (count: (tally: Tally) => number): string =>
      String(own.reduce((total, tally) => total + count(tally), 0));
    const columns = [
      sum(tally => tally.tried).padStart(7),
      sum(tally => tally.killed).padStart(8),
      sum(tally => tally.survivors.length).padStart(9),
      sum(tally => tally.marked).padStart(9),
    ];
    console.log(`${name.padEnd(10)} ${columns.join(' ')}`);
    if (own.some(tally => tally.survivors.length > 0)) process.exitCode = 1;
  }
}

exitOnSignals();
await main().catch((error: unknown) => {
  console.error(explain(error));
  process.exitCode = 1;
});
