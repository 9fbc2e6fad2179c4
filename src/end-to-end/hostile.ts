/** Runs the built program on what was made to do harm, and judges everything that it does. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  hostilePlace,
  type HostileCase,
  type HostilePlace,
  type HostileRun,
} from '../testing/hostile/case.ts';
import { run } from '../testing/run.ts';
import { trespasses } from './boundaries.ts';
import { inspect } from './inspect.ts';
import { builtProgram } from './program.ts';
import { changesBetween, snapshot } from './snapshot.ts';

/** Milliseconds that any call may take, a trace of it included. */
const TIME_LIMIT = 60_000;
/** Bytes of memory that any call may need. */
const MEMORY_LIMIT = 400 * 2 ** 20;
/** Stands in files outside: it must never be seen again. */
export const SECRET = 'this is nobody’s business';

export interface JudgedCase {
  /** Calls of the program. */
  readonly runs: number;
  /** What it did that it must not do; each text says how to repeat it. */
  readonly bad: readonly string[];
  /** The largest that any of the calls became, bytes. */
  readonly peak: number;
}

export interface JudgeOptions {
  /** An empty directory, without symbolic links on the way to it, which is removed. */
  readonly directory: string;
  readonly seed: string | number;
  /** Whether each call is watched by strace. */
  readonly traced: boolean;
}

/** Makes a case and lets the program loose on it. */
export async function judgeCase(hostile: HostileCase, options: JudgeOptions): Promise<JudgedCase> {
  const { directory, seed, traced } = options;
  const place = hostilePlace(path.join(directory, 'place'), seed, hostile.name);
  const bad: string[] = [];
  let peak = 0;
  try {
    for (const name of ['outside', 'site']) await mkdir(place.at(name), { recursive: true });
    await writeFile(place.at('outside', 'secret'), SECRET);
    await hostile.make(place);
    for (const one of hostile.runs) {
      const ended = await observe(hostile, one, { place, directory, traced });
      peak = Math.max(peak, ended.peak);
      const call = `registry-scraper ${one.argv.map(word => JSON.stringify(word)).join(' ')}`;
      bad.push(...ended.bad.map(text => `${hostile.name}: ${call}: ${text} (seed ${String(seed)})`));
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return { runs: hostile.runs.length, bad, peak };
}

interface Situation {
  readonly place: HostilePlace;
  readonly directory: string;
  readonly traced: boolean;
}

async function observe(
  { meanwhile }: HostileCase,
  one: HostileRun,
  { place, directory, traced }: Situation,
): Promise<Pick<JudgedCase, 'bad' | 'peak'>> {
  const fresh = one.writes.filter(name => isNew(place.at(name)));
  const empty = fresh.filter(name => existsSync(place.at(name)));
  // what somebody else changes at the same time says nothing of the program
  const ignored = [...one.writes, ...(meanwhile ? one.reads : [])];
  const before = snapshot(place.cwd, ignored);
  const trace = traced ? path.join(directory, 'trace') : undefined;
  const stop = new AbortController();
  const changing = meanwhile?.(place, stop.signal).then(
    () => [],
    (error: unknown) => [`it could not be changed: ${String(error)}`],
  );
  const ended = await watch(one, place, trace);
  stop.abort();
  const bad = [
    ...((await changing) ?? []),
    ...judgeEnd(one, ended),
    ...judgeStreams(one, ended),
    ...changesBetween(before, snapshot(place.cwd, ignored)),
  ];
  if (trace !== undefined) {
    const named = (names: readonly string[]): string[] => names.map(name => place.at(name));
    const bounds = {
      cwd: place.cwd,
      reads: named(one.reads),
      writes: named(one.writes),
      scratch: place.at('.registry-scraper-'),
      asks: one.argv.map(word => path.resolve(place.cwd, word)),
    };
    bad.push(...trespasses(await readFile(trace, 'latin1'), bounds, builtProgram().command));
  }
  // an index that lacks a platform in the source lacks it in the output, where a warning said so
  const sparse = ended.stderr.includes('[SPARSE_INDEX]');
  for (const name of fresh)
    for (const problem of await judgeOutput(place.at(name), directory))
      if (!sparse || !/_manifests\/revisions\/.*\/link holds undefined/.test(problem)) bad.push(problem);
  for (const name of fresh) await bringBack(place, name, empty.includes(name));
  return { bad, peak: ended.peak };
}

interface Ended {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly milliseconds: number;
  readonly peak: number;
}

/** Runs it to its end, under `strace` where a trace is asked for. */
async function watch(one: HostileRun, { cwd, at }: HostilePlace, trace?: string): Promise<Ended> {
  const { command, args } = builtProgram();
  // -D: the program is our child, not strace's, and strace tells no more when its streams are closed
  const strace = ['-D', '-f', '-qq', '-y', '-s', '65536', '-e', 'trace=%file,%network', '-o', trace ?? ''];
  const words = [command, ...args, ...one.argv];
  const [file = '', ...rest] = trace === undefined ? words : ['strace', ...strace, '--seccomp-bpf', ...words];
  const input = one.stdin === undefined ? 'ignore' : openSync(at(one.stdin), 'r');
  const start = performance.now();
  const child = spawn(file, rest, { cwd, stdio: [input, 'pipe', 'pipe'], env: environment() });
  if (typeof input === 'number') closeSync(input);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  const state = { ended: false };
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => {
    state.ended = true;
  });
  let peak = 0;
  while (!state.ended) {
    const status = await readFile(`/proc/${String(child.pid)}/status`, 'latin1').catch(() => '');
    peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024);
    if (performance.now() - start > TIME_LIMIT) child.kill('SIGKILL');
    await Promise.race([closed, sleep(10)]);
  }
  const status = await closed;
  const milliseconds = performance.now() - start;
  return { status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), milliseconds, peak };
}

/** What decides how the program shows things is the same everywhere. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' };
}

function judgeEnd({ codes, says }: HostileRun, ended: Ended): string[] {
  const { status, milliseconds, peak } = ended;
  const text = ended.stdout.toString() + ended.stderr.toString();
  const brief = JSON.stringify(text.slice(-1500));
  return [
    ...(milliseconds > TIME_LIMIT ? [`it took more than ${String(TIME_LIMIT)} ms`] : []),
    ...(codes.includes(status ?? -1)
      ? []
      : [`exit code ${String(status)}, not ${codes.join(', ')}: ${brief}`]),
    ...(says === undefined || says.test(text) ? [] : [`it does not say ${String(says)}: ${brief}`]),
    ...(peak > MEMORY_LIMIT ? [`it took ${String(Math.ceil(peak / 2 ** 20))} MiB of memory`] : []),
  ];
}

/** Whatever could act on a terminal, or hide there. */
const raw = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
/** What only who wrote the program should ever see. */
const internal =
  /\n\s+at .*:\d+|\bINTERNAL\b|\b(Type|Range|Reference|Syntax)Error\b|node:|\bundefined\b|\[object |\bNaN\b/;

function judgeStreams({ binary }: HostileRun, { stdout, stderr }: Ended): string[] {
  const streams: Readonly<Record<string, Buffer>> = {
    'standard output': binary === true ? Buffer.alloc(0) : stdout,
    'standard error': stderr,
  };
  return Object.entries(streams).flatMap(([name, bytes]) => {
    const text = bytes.toString();
    const lines = text.replaceAll('\n', '');
    const [control] = raw.exec(lines) ?? [];
    const [inner] = internal.exec(text) ?? [];
    return [
      ...(Buffer.from(text).equals(bytes) ? [] : [`${name} is not UTF-8`]),
      ...(control === undefined
        ? []
        : [`a raw ${JSON.stringify(control)} on ${name}: ${JSON.stringify(text)}`]),
      ...(inner === undefined ? [] : [`${JSON.stringify(inner)} on ${name}: ${JSON.stringify(text)}`]),
      ...(text.includes(SECRET) ? [`${name} tells what stands outside`] : []),
    ];
  });
}

/** Makes a place as it was before the run, for the next one. */
async function bringBack(place: HostilePlace, name: string, wasEmpty: boolean): Promise<void> {
  for (const left of await readdir(place.cwd))
    if (left.startsWith(name)) await rm(place.at(left), { recursive: true, force: true });
  if (wasEmpty) await mkdir(place.at(name));
}

/** Whether nothing is there yet, or an empty directory. */
function isNew(place: string): boolean {
  const stats = lstatSync(place, { throwIfNoEntry: false });
  return stats === undefined || (stats.isDirectory() && readdirSync(place).length === 0);
}

/** Whatever a new output serves has to be whole. */
async function judgeOutput(output: string, directory: string): Promise<string[]> {
  const stats = lstatSync(output, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true)
    return (await inspect(output)).problems.map(problem => `half-done: ${problem}`);
  if (stats?.isFile() !== true || !output.endsWith('.tar')) return [];
  const unpacked = path.join(directory, 'unpacked');
  await rm(unpacked, { recursive: true, force: true });
  await mkdir(unpacked);
  const { status, stderr } = await run('tar', ['-xf', output, '-C', unpacked]);
  if (status !== 0) return [`half-done: ${stderr}`];
  return (await inspect(unpacked)).problems.map(problem => `half-done: ${problem}`);
}
