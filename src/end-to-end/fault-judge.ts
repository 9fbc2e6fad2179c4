/** Judges what a run did that met a fault. */
import { readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import type { Finished } from '../testing/run.ts';
import { listDirectory, type Listing } from '../testing/tree.ts';
import type { FaultScene, Stage } from './fault-scenes.ts';
import { WORK } from './fault-scenes.ts';
import { inspect } from './inspect.ts';

/** What a run without any fault comes to. */
export interface Expected {
  /** What is there before and after it. */
  readonly before: Listing;
  readonly after: Listing;
  readonly stdout: string;
}

/** How such a run may end. */
export type Ending = 'done all the same' | 'failed as it should';

const SCRATCH = '.registry-scraper-';
/** Codes that `--help` documents for failures that are no interruption. */
const documented: readonly (number | null)[] = [0, 1, 2, 3, 4];
/** What an operator reads of an error. */
const reasons: Readonly<Record<string, RegExp>> = {
  ENOSPC: /the disk is full/,
  EIO: /the disk failed/,
  EACCES: /permission denied/,
  EMFILE: /too many files open/,
  EROFS: /read-only/,
  EINTR: /a signal interrupted/,
};
/** What an operator must never see. */
const internals =
  /^\s+at |\bERR_[A-Z]|\[INTERNAL\]|\bundefined\b|\[object |\bNaN\b|node:|Error:|E[A-Z]{2,}: /m;

/** What `--json` and tables say that is another time every time. */
export function lasting(stdout: string): string {
  return stdout.replaceAll(/"durationMs": ?\d+/g, '"durationMs": 0');
}

/** A listing goes on past what it cannot read, and says so at its place. */
function isTold(stdout: string): boolean {
  return stdout.startsWith('IMAGE') && stdout.includes('unreadable');
}

export function withoutScratch(listing: Listing): Listing {
  return new Map([...listing].filter(([name]) => !name.includes(SCRATCH)));
}

/**
 * @param places absolute paths that the failed call was about; `errno` is what it failed with
 * @returns everything that is wrong
 */
export async function judgeRun(
  run: Finished,
  {
    scene,
    stage,
    expected,
    places,
    errno,
  }: {
    readonly scene: FaultScene;
    readonly stage: Stage;
    readonly expected: Expected;
    readonly places: readonly string[];
    readonly errno?: string;
  },
): Promise<readonly string[]> {
  const { status, signal, stdout, stderr } = run;
  const problems: string[] = [];
  if (signal !== null || !documented.includes(status))
    problems.push(`ended with ${signal ?? String(status)}`);
  const [inner] = internals.exec(stderr + (stdout.startsWith('{') ? '' : stdout)) ?? [];
  if (inner !== undefined) problems.push(`shows internals: ${JSON.stringify(inner)}`);
  const left = withoutScratch(await listDirectory(stage.at(WORK)));
  if (status === 0) {
    if (!isSame(left, expected.after)) problems.push(`exit code 0, but ${difference(left, expected.after)}`);
    else if (lasting(stdout) !== expected.stdout && !isTold(stdout))
      problems.push(`exit code 0, but it printed\n${stdout}`);
  } else {
    problems.push(...judgeMessage(stdout + stderr, stage, places));
    if (errno !== undefined && reasons[errno]?.test(stdout + stderr) === false)
      problems.push(`says not why: ${stdout + stderr}`);
    for (const [name, content] of left)
      if (
        content !== expected.after.get(name) &&
        content !== expected.before.get(name) &&
        content !== 'empty directory'
      )
        problems.push(`${name} is half-done: ${content}`);
    for (const name of left.keys())
      if (name.endsWith('.sha256') && ![...expected.after.keys()].every(one => left.has(one)))
        problems.push(`${name} is there without its archive`);
  }
  if (scene.registry !== undefined)
    problems.push(...(await inspect(stage.at(WORK, scene.registry))).problems);
  return problems;
}

/** It says what could not be done, with which file or directory. */
function judgeMessage(text: string, stage: Stage, places: readonly string[]): readonly string[] {
  if (!/\bcannot (read|write|list)\b/.test(text)) return [`does not say what was being done: ${text}`];
  const named = [...text.matchAll(new RegExp(`${stage.at()}/?[^\\s:",]*`, 'g'))].map(([found]) => found);
  const meant = places.flatMap(place => waysTo(place, stage.at()));
  // of a scratch file, what it is to become
  const outputs = places.flatMap(place => place.split(`/${SCRATCH}`).slice(0, -1));
  if (named.some(one => outputs.includes(path.dirname(one)))) return [];
  // of a directory that cannot be looked into, what was looked for
  if (named.some(one => meant.includes(one) || places.some(place => one.startsWith(`${place}/`)))) return [];
  return [`names not what it was about (${places.join(', ')}): ${text}`];
}

/** What may be named instead of a place: what it is a part of. */
function waysTo(place: string, root: string): readonly string[] {
  const above: string[] = [];
  for (let up = place; up.length > root.length; up = path.dirname(up)) above.push(up);
  return above;
}

/** Whether a run left its scratch directory behind; from now on it is that of a run that died. */
export async function abandonScratch(scene: FaultScene, stage: Stage): Promise<boolean> {
  let found = false;
  for (const directory of [stage.at(WORK), stage.at(WORK, scene.registry ?? '')])
    for (const name of await readdir(directory).catch(() => [])) {
      if (!name.startsWith(SCRATCH)) continue;
      found = true;
      await rename(path.join(directory, name), path.join(directory, name.replace('-gone-', '-1-')));
    }
  return found;
}

export function isSame(a: Listing, b: Listing): boolean {
  return a.size === b.size && [...a].every(([name, content]) => b.get(name) === content);
}

export function difference(found: Listing, wanted: Listing): string {
  const names = new Set([...found.keys(), ...wanted.keys()]);
  const wrong = [...names].filter(name => found.get(name) !== wanted.get(name));
  const shown = wrong
    .slice(0, 5)
    .map(name => `${name}: ${found.get(name) ?? 'nothing'}, expected ${wanted.get(name) ?? 'nothing'}`);
  return `${String(wrong.length)} files are wrong: ${shown.join('; ')}`;
}
