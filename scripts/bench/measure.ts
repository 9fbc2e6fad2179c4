import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../lib/command.ts';
import type { Prepare } from './page-cache.ts';

/** One side of a comparison. */
export interface Contender {
  /** The work that is timed. Throws when it fails. */
  readonly work: () => Promise<unknown>;
  /** Brings back the state that each run starts from; not timed. */
  readonly reset?: () => Promise<void>;
}

/** What was measured, in the order of the rounds: milliseconds, or bytes. */
export type Samples = readonly number[];

export function median(samples: Samples): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/**
 * Times all contenders in turn, `rounds` times, each round in another order, so that what else happens on the machine, and
 * what the one before leaves behind, hits all of them alike. Before each run everything written is flushed to disk: nobody pays for what another one wrote.
 * Then `prepare` brings about what else they start from.
 */
export async function measureInTurn<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  rounds: number,
  prepare?: Prepare,
): Promise<Readonly<Record<Name, Samples>>> {
  const entries = Object.entries<Contender>(contenders);
  const samples = new Map<string, number[]>(entries.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, { work, reset }] of inTurn(entries, round)) {
      await flush();
      await prepare?.();
      const start = performance.now();
      await work();
      samples.get(name)?.push(performance.now() - start);
      await reset?.();
    }
  }
  return Object.fromEntries(samples) as unknown as Record<Name, Samples>;
}

/** Each begins in turn, and in every other round it goes backwards: nobody always comes after the same one. */
function inTurn<T>(entries: readonly T[], round: number): readonly T[] {
  const first = Math.floor(round / 2) % Math.max(entries.length, 1);
  const turned = [...entries.slice(first), ...entries.slice(0, first)];
  return round % 2 === 0 ? turned : turned.reverse();
}

async function flush(): Promise<void> {
  if (process.platform !== 'win32') await run('sync', []);
}

/** Highest resident memory of a command, in bytes; undefined where there is no /proc to read it from. */
export async function peakMemory(command: string, args: readonly string[]): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  let peak = 0;
  // the kernel keeps the highest value itself: only growth in the last moments of the process can be missed
  while (child.exitCode === null && child.signalCode === null) {
    const status = await readFile(`/proc/${child.pid}/status`, 'latin1').catch(() => '');
    peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024);
    await sleep(2);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}`);
  return peak;
}
