/** One run of the program: to its end, or killed before that. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { builtProgram, runProgram } from './program.ts';

/** Milliseconds between two looks at what a run has written. */
const LOOK_EVERY = 2;

/** A run to the end; returns how long it took, in milliseconds. */
export async function runWhole(args: readonly string[]): Promise<number> {
  const start = performance.now();
  const { status, stdout, stderr } = await runProgram(args);
  assert.equal(status, 0, stdout + stderr);
  return performance.now() - start;
}

/**
 * Starts a run and kills it `delay` milliseconds after it began to write into the directory `after`, or after its start;
 * returns whether that was before its end.
 */
export async function runAndKill(argv: readonly string[], delay: number, after?: string): Promise<boolean> {
  const { command, args } = builtProgram();
  const over = new AbortController();
  const begun = after === undefined ? undefined : firstBlob(after, over.signal);
  const child = spawn(command, [...args, ...argv], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const due = async (): Promise<void> => {
    await begun;
    await sleep(delay, undefined, { signal: over.signal }).catch(() => undefined);
  };
  await Promise.race([ended, due()]);
  over.abort();
  child.kill('SIGKILL');
  await ended;
  return child.signalCode === 'SIGKILL';
}

/** Milliseconds until there are more blobs in `output` than now. */
export async function firstBlob(output: string, over: AbortSignal): Promise<number> {
  const start = performance.now();
  const blobs = path.join(output, 'docker/registry/v2/blobs/sha256');
  const count = async (): Promise<number> => (await readdir(blobs).catch(() => [])).length;
  const before = await count();
  while (!over.aborted && (await count()) <= before) await sleep(LOOK_EVERY);
  return performance.now() - start;
}
