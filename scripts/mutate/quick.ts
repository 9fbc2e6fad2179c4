import { context, type BuildContext, type Plugin } from 'esbuild';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { root } from '../lib/project.ts';
import type { Mutant } from './mutants.ts';
import type { Order } from './quick/thread.ts';
import type { Finished } from './quick/tests.ts';

/** Runs tests on one mutant after the other within one thread, without starting a process for each. */
export interface Quick {
  /** Name of a test that notices the fault; undefined: none of those that can be run here does. */
  try(mutant: Mutant): Promise<string | undefined>;
  /**
   * Lets go of everything.
   * @throws Error when tests fail by now without any fault put in: then what they noticed before may be nothing
   */
  close(): Promise<void>;
}

/** Mutants that one thread takes; what they leave behind goes with it. */
const PER_THREAD = 50;
const LEAST = 5_000;
const PATIENCE = 3;

/**
 * @param tests test files; those of their tests that cannot pass here, whatever the program (they start processes, become
 *   other users), are not run
 * @param tree the copy of the project
 * @param temporary where tests write; for them alone
 */
export async function quickTests(tests: readonly string[], tree: string, temporary: string): Promise<Quick> {
  const changed = { file: '', text: '' };
  const bundler = await context({
    stdin: {
      contents: [
        ...tests.map(file => `import ${JSON.stringify(`./${file}`)};`),
        "export { firstFailure } from './scripts/mutate/quick/tests.ts';",
      ].join('\n'),
      resolveDir: root,
    },
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node24', write: false },
    packages: 'external',
    logLevel: 'silent',
    absWorkingDir: root,
    plugins: [sources(changed)],
  });
  const kills = new Map<string, number>();
  let left: readonly string[] = [];
  let limit = 10 * 60_000;
  let thread: Worker | undefined;
  let taken = 0;
  let count = 0;

  async function inThread(code: string, all: boolean): Promise<Finished> {
    if (taken >= PER_THREAD) await end();
    taken += 1;
    thread ??= new Worker(new URL('./quick/thread.ts', import.meta.url), {
      env: { ...process.env, TMPDIR: temporary },
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 1500 },
    });
    const early = [...kills].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    count += 1;
    // below the copy of the project, where the packages are found
    const program = join(tree, `mutant-${String(count)}.mjs`);
    await writeFile(program, code);
    const finished = await answer(thread, { program, left, early, all }, limit);
    await rm(program);
    if (finished.failed.some(name => !known(name))) await end();
    return finished;
  }

  async function end(): Promise<void> {
    taken = 0;
    await thread?.terminate();
    thread = undefined;
  }

  const known = (name: string): boolean => name.startsWith(' ');

  async function close(): Promise<void> {
    await end();
    await bundler.dispose();
  }

  /** Finds out which tests pass here, and how long that takes. */
  async function calibrate(): Promise<void> {
    await mkdir(temporary, { recursive: true });
    const code = await bundled(bundler);
    left = (await inThread(code, true)).failed;
    const start = performance.now();
    const { failed } = await inThread(code, true);
    if (failed.length > 0) throw new Error(`without any fault put in, these fail: ${failed.join(', ')}`);
    limit = Math.ceil(LEAST + PATIENCE * (performance.now() - start));
  }

  await calibrate().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    async try(mutant) {
      changed.file = join(root, mutant.file);
      changed.text = mutant.text;
      const { failed } = await inThread(await bundled(bundler), false);
      const [by] = failed;
      if (by !== undefined && known(by)) kills.set(by, (kills.get(by) ?? 0) + 1);
      return by?.trim();
    },
    async close() {
      changed.file = '';
      const { failed } = await inThread(await bundled(bundler), true);
      await close();
      if (failed.length > 0)
        throw new Error(`in the end these fail without any fault put in: ${failed.join(', ')}`);
    },
  };
}

/** The project's sources, one of them changed; what they import as `node:test` is another. */
function sources(changed: { readonly file: string; readonly text: string }): Plugin {
  return {
    name: 'sources',
    setup(build) {
      build.onResolve({ filter: /^node:test$/ }, () => ({
        path: join(root, 'scripts/mutate/quick/tests.ts'),
      }));
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = path === changed.file ? changed.text : await readFile(path, 'utf8');
        const contents = text
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
          .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
          .replaceAll('import.meta.filename', JSON.stringify(path));
        return { contents, loader: 'ts' };
      });
    },
  };
}

async function bundled(bundler: BuildContext): Promise<string> {
  const { outputFiles } = await bundler.rebuild();
  return outputFiles?.[0]?.text ?? '';
}

function answer(thread: Worker, order: Order, limit: number): Promise<Finished> {
  return new Promise(resolve => {
    const finish = (finished: Finished): void => {
      clearTimeout(timer);
      thread.off('message', finish).off('error', broken).off('exit', ended);
      resolve(finished);
    };
    const broken = (): void => finish({ failed: ['an error that ended everything'] });
    const ended = (): void => finish({ failed: ['the end of everything'] });
    const timer = setTimeout(() => finish({ failed: ['time limit'] }), limit);
    thread.on('message', finish).on('error', broken).on('exit', ended);
    thread.postMessage(order);
  });
}
