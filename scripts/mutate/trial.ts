import { chmod, cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../lib/command.ts';
import { root } from '../lib/project.ts';
import type { Mutant } from './mutants.ts';

/** A copy of the project in which faults are tried. */
export interface Laboratory {
  /** Where the copy is. */
  readonly tree: string;
  /**
   * Runs the groups one after the other, as long as all tests pass.
   * @returns name of the test that notices the fault; undefined: none does
   * @throws Error when a test fails without any fault put in
   */
  try(mutant: Mutant, original: string, groups: readonly Tests[]): Promise<string | undefined>;
}

/** Test files that are run together in one process. */
export type Tests = readonly string[];

/** A group may take that much longer than on the program as it is, before it counts as hanging. */
const PATIENCE = 4;
const LEAST = 10_000;
const copied = ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json', 'README.md'];

/** @param folder empty; all that is written is written there */
export async function laboratory(folder: string): Promise<Laboratory> {
  const tree = join(folder, 'tree');
  // what a test that was ended leaves behind goes with its folder
  const temporary = join(folder, 'tmp');
  await mkdir(tree, { recursive: true });
  // tests that become another user must get to their files
  await chmod(folder, 0o755);
  for (const name of copied) await cp(join(root, name), join(tree, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
  const usual = new Map<string, number>();

  async function runTests(tests: Tests, timeout: number): Promise<string | undefined> {
    await mkdir(temporary, { recursive: true });
    const env = { ...process.env, TMPDIR: temporary, NODE_COMPILE_CACHE: join(folder, 'cache') };
    const args = [
      '--max-old-space-size=1500',
      '--test',
      '--test-isolation=none',
      `--test-reporter=${join(tree, 'scripts/mutate/first-failure.ts')}`,
      ...tests,
    ];
    try {
      const { status, signal, output } = await run(process.execPath, args, { cwd: tree, env, timeout });
      if (status === 0) return undefined;
      return signal === null ? (output.trim().split('\n')[0] ?? '') || 'an error' : 'time limit';
    } finally {
      await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async function measure(tests: Tests): Promise<number> {
    const key = tests.join(' ');
    const known = usual.get(key);
    if (known !== undefined) return known;
    const start = performance.now();
    const failure = await runTests(tests, 10 * 60_000);
    if (failure !== undefined) throw new Error(`without any fault put in, ${key} fails: ${failure}`);
    usual.set(key, performance.now() - start);
    return performance.now() - start;
  }

  return {
    tree,
    async try(mutant, original, groups) {
      const place = join(tree, mutant.file);
      for (const tests of groups) {
        const limit = Math.ceil(LEAST + PATIENCE * (await measure(tests)));
        await writeFile(place, mutant.text);
        try {
          const by = await runTests(tests, limit);
          if (by !== undefined) return by;
        } finally {
          await writeFile(place, original);
        }
      }
      return undefined;
    },
  };
}
