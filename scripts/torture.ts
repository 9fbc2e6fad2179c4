import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { builtProgram } from '../src/end-to-end/program.ts';
import { mustRun } from './lib/command.ts';
import { explain } from './lib/log.ts';
import { root } from './lib/project.ts';
import type { Outcome } from './torture/ordeal.ts';
import { ordeals } from './torture/ordeals.ts';

const names = Object.keys(ordeals);
const usage = `Usage: npm run torture -- [--only ${names.join('|')}]... [--count N] [--seed N]

Kills the built binary, fails its system calls, changes registries under it and feeds it what is made to break it, very
often. Prints what was done, how often, and what went wrong; anything that did is an exit code of 1. --count: how often each
ordeal is done. --seed: draws the chances of an earlier run again, as far as time can be repeated.`;

const SHOWN = 20;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      count: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const count = values.count === undefined ? undefined : Number(values.count);
  const unknown = values.only.filter(name => !names.includes(name));
  const wrong = [seed, count ?? 1].some(number => !Number.isSafeInteger(number) || number < 0);
  if (values.help || unknown.length > 0 || wrong) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  try {
    builtProgram();
  } catch {
    await mustRun(process.execPath, ['scripts/build.ts'], { cwd: root, output: 'inherit' });
  }
  let bad = 0;
  for (const [name, ordeal] of Object.entries(ordeals)) {
    if (values.only.length > 0 && !values.only.includes(name)) continue;
    const scratch = await mkdtemp(path.join(tmpdir(), `registry-scraper-${name}-`));
    const started = performance.now();
    try {
      const log = (line: string): void => console.error(`${name}: ${line}`);
      const outcome = await ordeal.run({ count: count ?? ordeal.full, seed, scratch, log });
      tell(name, outcome, { seed, seconds: (performance.now() - started) / 1000 });
      bad += outcome.bad.length;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  process.exitCode = bad === 0 ? 0 : 1;
}

function tell(
  name: string,
  { done, bad, notes }: Outcome,
  { seed, seconds }: { readonly seed: number; readonly seconds: number },
): void {
  console.log(
    `${name}: ${String(done)} done, ${String(bad.length)} bad; seed ${String(seed)}, ${seconds.toFixed(0)} s`,
  );
  for (const note of notes) console.log(`  ${note}`);
  for (const one of bad.slice(0, SHOWN)) console.log(`  BAD ${one}`);
  if (bad.length > SHOWN) console.log(`  and ${String(bad.length - SHOWN)} more`);
}

await main().catch((error: unknown) => {
  console.error(explain(error));
  process.exitCode = 1;
});
