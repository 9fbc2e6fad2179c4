/** Lets system calls of the program fail, one a run, and judges each run: shared by a test and an ordeal. */
import path from 'node:path';
import { seededRandom } from '../testing/random.ts';
import { listDirectory } from '../testing/tree.ts';
import { chooseCases, faultsOf, type FaultCase } from './fault-cases.ts';
import { abandonScratch, difference, isSame, judgeRun, lasting, type Expected } from './fault-judge.ts';
import { makeStage, setScene, WORK, type FaultScene, type Stage } from './fault-scenes.ts';
import { faultyRun, shortRun, type Fault } from './faulty-run.ts';
import { runProgram } from './program.ts';

export interface FaultOptions {
  readonly scenes: readonly FaultScene[];
  /** How many runs meet a fault. */
  readonly count: number;
  /** Which faults may be chosen; all if absent. */
  readonly only?: (one: FaultCase) => boolean;
  readonly seed: number;
  readonly scratch: string;
  /** How many runs at once. */
  readonly lanes: number;
  readonly log?: (line: string) => void;
}

export interface FaultOutcome {
  /** Runs that met their fault. */
  readonly done: number;
  readonly bad: readonly string[];
  /** How many faults there are to choose from. */
  readonly known: number;
  /** What came of the runs, counted. */
  readonly tallies: ReadonlyMap<string, number>;
}

/** So many runs pass between two words about how far it is. */
const WORD_EVERY = 100;

/** Lets runs meet faults. Throws only where a run without a fault fails. */
export async function faults(options: FaultOptions): Promise<FaultOutcome> {
  const { scenes, count, only = () => true, seed, scratch, log } = options;
  const stages: Stage[] = [];
  for (let lane = 0; lane < options.lanes; lane += 1)
    stages.push(await makeStage(path.join(scratch, `stage-${String(lane)}`)));
  const [first] = stages;
  if (!first) throw new TypeError('there is no lane');
  const untouched = await Promise.all(stages.map(sourcesOf));

  const cases: FaultCase[] = [];
  const expected = new Map<FaultScene, Expected>();
  const bad: string[] = [];
  const blame = (problem: string): void => {
    bad.push(problem);
    log?.(`BAD ${problem}`);
  };
  const tallies = new Map<string, number>();
  const tally = (what: string): void => void tallies.set(what, (tallies.get(what) ?? 0) + 1);
  for (const scene of scenes) {
    const { faults: found, ...rest } = await rehearse(scene, first);
    expected.set(scene, rest);
    cases.push(...found.map(fault => ({ scene, fault })));
    for (const problem of await meetShortCalls(scene, first, rest))
      blame(`${scene.name}, short reads and writes: ${problem}`);
    tally('done with short reads and writes');
  }
  const chosen = chooseCases(cases.filter(only), count, seededRandom(seed));
  log?.(`${String(cases.length)} faults known, ${String(chosen.length)} chosen`);
  let done = 0;
  const waiting = [...chosen];

  async function work(stage: Stage): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const wanted = expected.get(next.scene);
      if (!wanted) continue;
      const { met, problems, ending } = await meet(next, stage, wanted);
      tally(ending);
      if (!met) continue;
      done += 1;
      tally(`${next.fault.call}: ${ending}`);
      tally(`${next.fault.errno}: ${ending}`);
      for (const problem of problems) blame(`${describeCase(next)}: ${problem}`);
      if (done % WORD_EVERY === 0) log?.(`${String(done)} done, ${String(bad.length)} bad`);
    }
  }
  await Promise.all(stages.map(work));

  const after = await Promise.all(stages.map(sourcesOf));
  after.forEach((listing, lane) => {
    const before = untouched[lane];
    if (before && !isSame(listing, before))
      blame(`what is only read was changed: ${difference(listing, before)}`);
  });
  return { done, bad, known: cases.length, tallies };
}

/** Everything of a stage that is only read. */
async function sourcesOf({ at }: Stage): ReturnType<typeof listDirectory> {
  return new Map(
    [...(await listDirectory(at()))].filter(([name]) => !name.startsWith(WORK) && name !== 'log'),
  );
}

/** A run without a fault, twice: one shows which calls there are, the other is what others are compared with. */
async function rehearse(
  scene: FaultScene,
  stage: Stage,
): Promise<Expected & { readonly faults: readonly Fault[] }> {
  const argv = scene.argv(stage);
  await setScene(scene, stage);
  const before = await listDirectory(stage.at(WORK));
  const { status, stdout, output } = await runProgram(argv);
  if (status !== 0) throw new Error(`${scene.name}: ${output}`);
  const after = await listDirectory(stage.at(WORK));
  await setScene(scene, stage);
  const seen = await faultyRun(argv, stage.at('log'));
  if (seen.status !== 0) throw new Error(`${scene.name}: ${seen.output}`);
  const moved = stage.at();
  return { before, after, stdout: lasting(stdout), faults: faultsOf(seen.calls, moved) };
}

async function meetShortCalls(
  scene: FaultScene,
  stage: Stage,
  expected: Expected,
): Promise<readonly string[]> {
  await setScene(scene, stage);
  const run = await shortRun(scene.argv(stage));
  const problems = await judgeRun(run, { scene, stage, expected, places: [] });
  return run.status === 0 ? problems : [`exit code ${String(run.status)}: ${run.output}`, ...problems];
}

interface Met {
  /** Whether the fault was met at all: now and then threads do things in another order. */
  readonly met: boolean;
  readonly problems: readonly string[];
  readonly ending: string;
}

async function meet({ scene, fault }: FaultCase, stage: Stage, expected: Expected): Promise<Met> {
  await setScene(scene, stage);
  const argv = scene.argv(stage);
  const place = fault.place === undefined ? undefined : stage.at(fault.place);
  const run = await faultyRun(argv, stage.at('log'), { ...fault, place });
  if (run.timedOut) return { met: true, problems: ['it hangs'], ending: 'hung' };
  const places = run.calls.filter(({ injected }) => injected).flatMap(call => call.paths);
  if (!places.some(one => one.startsWith(`${stage.at()}/`)))
    return { met: false, problems: [], ending: 'not met' };
  const said =
    stage.at() === ''
      ? expected.stdout
      : expected.stdout.replaceAll(/\/stage-\d+\//g, `/${path.basename(stage.at())}/`);
  const problems = [
    ...(await judgeRun(run, {
      scene,
      stage,
      expected: { ...expected, stdout: said },
      places,
      errno: fault.errno,
    })),
  ];
  const littered = await abandonScratch(scene, stage);
  if (run.status !== 0 || littered)
    problems.push(...(await judgeRerun(argv, run.status === 0, stage, expected)));
  const ending = run.status === 0 ? 'done all the same' : `failed, exit code ${String(run.status)}`;
  return { met: true, problems, ending: littered ? `${ending}, scratch left to the next run` : ending };
}

/** The same again without a fault completes it, and tidies up. */
async function judgeRerun(
  argv: readonly string[],
  isThere: boolean,
  { at }: Stage,
  { after }: Expected,
): Promise<readonly string[]> {
  const isFile = argv.some(word => /\.(tar|tar\.zst|inv)$/.test(word) && word.startsWith(at(WORK)));
  const { status, output } = await runProgram([...argv, ...(isThere && isFile ? ['--force'] : [])]);
  if (status !== 0) return [`the same again fails with ${String(status)}: ${output}`];
  const left = await listDirectory(at(WORK));
  return isSame(left, after) ? [] : [`after the same again ${difference(left, after)}`];
}

/** All that is needed to repeat it. */
function describeCase({ scene, fault: { call, errno, place, when } }: FaultCase): string {
  return `${scene.name}: ${call} of ${place ?? 'anything'} (${String(when)}) fails with ${errno}`;
}
