import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLcov, percent, ranges, total, type FileCounts } from './coverage/lcov.ts';
import { leftOut, programFiles } from './coverage/scope.ts';
import { run } from './lib/command.ts';
import { explain } from './lib/log.ts';
import { root } from './lib/project.ts';
import { exitOnSignals, withScratchFolder } from './lib/scratch.ts';

/** Percent of all lines and branches of src that the tests must run. */
const LEAST = { lines: 95, branches: 90 };
/** How many files are named, the worst first. */
const SHOWN = 25;

// npm run coverage                            how much of src its tests run, by Node's own counter
// npm run coverage -- src/graph/*.test.ts     how much of it these tests run
async function main(): Promise<void> {
  const given = process.argv.slice(2);
  const tests =
    given.length > 0 ? given : globSync('src/**/*.test.ts', { cwd: root, exclude: ['src/end-to-end/**'] });
  await withScratchFolder(tmpdir(), 'registry-scraper-coverage-', async folder => {
    const report = join(folder, 'lcov');
    const { status } = await run(
      process.execPath,
      [
        '--test',
        '--experimental-test-coverage',
        '--test-coverage-include=src/**',
        ...leftOut.map(pattern => `--test-coverage-exclude=${pattern}`),
        '--test-reporter=dot',
        '--test-reporter-destination=stdout',
        '--test-reporter=lcov',
        `--test-reporter-destination=${report}`,
        `--test-concurrency=${String(availableParallelism())}`,
        `--test-timeout=${String(20 * 60_000)}`,
        ...tests,
      ],
      { cwd: root, output: 'inherit' },
    );
    if (status !== 0) throw new Error('tests fail; what they run says nothing then');
    tell(withUntouched(parseLcov(await readFile(report, 'utf8'))), given.length === 0);
  });
}

/** Files that no test so much as loads are not in Node's report: none of their lines was run. */
function withUntouched(counted: readonly FileCounts[]): readonly FileCounts[] {
  const files = counted.map(one => ({ ...one, file: one.file.replaceAll('\\', '/') }));
  const known = new Set(files.map(({ file }) => file));
  const untouched = programFiles().filter(file => !known.has(file));
  return [
    ...files,
    ...untouched.map(file => {
      const lines = readFileSync(join(root, file), 'utf8').split('\n').length - 1;
      const idle = Array.from({ length: lines }, (_, at) => at + 1);
      return { file, lines, linesRun: 0, branches: 1, branchesRun: 0, idle };
    }),
  ];
}

function tell(files: readonly FileCounts[], judge: boolean): void {
  const all = total(files);
  const lines = percent(all.linesRun, all.lines);
  const branches = percent(all.branchesRun, all.branches);
  console.log('\n\n  lines  branches  file, and its lines that were not run');
  const worst = [...files].sort((a, b) => share(a) - share(b)).filter(file => share(file) < 100);
  for (const file of worst.slice(0, SHOWN)) console.log(row(file, `${file.file}  ${ranges(file.idle)}`));
  console.log(row(all, `all ${String(files.length)} files`));
  if (!judge || (lines >= LEAST.lines && branches >= LEAST.branches)) return;
  console.error(
    `too little: at least ${String(LEAST.lines)} % of lines and ${String(LEAST.branches)} % of branches`,
  );
  process.exitCode = 1;
}

function row(counts: Omit<FileCounts, 'file' | 'idle'>, name: string): string {
  const lines = percent(counts.linesRun, counts.lines).toFixed(1);
  const branches = percent(counts.branchesRun, counts.branches).toFixed(1);
  return `${lines.padStart(7)}  ${branches.padStart(8)}  ${name}`;
}

/** Lines and branches alike. */
function share({ lines, linesRun, branches, branchesRun }: FileCounts): number {
  return percent(linesRun + branchesRun, lines + branches);
}

exitOnSignals();
await main().catch((error: unknown) => {
  console.error(explain(error));
  process.exitCode = 1;
});
