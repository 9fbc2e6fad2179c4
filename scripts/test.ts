import { availableParallelism } from 'node:os';
import { run } from './lib/command.ts';
import { seconds } from './lib/log.ts';
import { root } from './lib/project.ts';
import { prepareEndToEnd } from './test/prepare.ts';

// npm test                            types, lint, build and all tests
// npm test -- src/oci/digest.test.ts  these tests only; anything else given is for Node's test runner too
const given = process.argv.slice(2);
const all = !given.some(argument => !argument.startsWith('-'));
const endToEnd = all || given.some(argument => argument.includes('end-to-end'));

function say(line: string): void {
  console.log(line);
}

/** Runs one of the project's scripts; a failure ends everything. */
async function step(name: string, args: readonly string[]): Promise<void> {
  const start = performance.now();
  const { status, output } = await run(process.execPath, args, { cwd: root });
  if (status === 0) {
    say(`${name}: passed (${seconds(start)})`);
    return;
  }
  say(output);
  say(`${name}: FAILED (${seconds(start)}); nothing after it was run`);
  process.exit(1);
}

if (all) {
  await step('types', ['node_modules/typescript/bin/tsc', '--noEmit']);
  await step('lint', ['scripts/lint.ts']);
}
if (endToEnd) {
  await prepareEndToEnd(say);
  await step('build', ['scripts/build.ts']);
}

// Tests of one file run one after the other, files side by side: end-to-end tests wait a lot, so no fewer than two.
const concurrency = Math.max(2, availableParallelism() - 1);
// A test that hangs must not hang the whole run for ever.
const timeout = 20 * 60_000;
const runner = [
  '--test',
  '--test-reporter=spec',
  `--test-concurrency=${concurrency}`,
  `--test-timeout=${timeout}`,
];
const files = all ? ['src/**/*.test.ts', 'scripts/**/*.test.ts'] : [];
const result = await run(process.execPath, [...runner, ...given, ...files], { cwd: root, output: 'inherit' });
process.exitCode = result.status ?? 1;
