import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import type { Finished, firstFailure } from './tests.ts';

export interface Order {
  /** File of the bundled tests. */
  readonly program: string;
  readonly left: readonly string[];
  readonly early: readonly string[];
  readonly all: boolean;
}

/** What a test did not wait for failed all the same. */
const stray = new Promise<Finished>(resolve => {
  const fail = (): void => resolve({ failed: ['an error that nobody waited for'] });
  process.on('unhandledRejection', fail);
  process.on('uncaughtException', fail);
});

parentPort?.on('message', (order: Order) => {
  void Promise.race([runTests(order), stray]).then(finished => parentPort?.postMessage(finished));
});

async function runTests({ program, left, early, all }: Order): Promise<Finished> {
  try {
    const tests = (await import(pathToFileURL(program).href)) as { firstFailure: typeof firstFailure };
    const finished = await tests.firstFailure(new Set(left), early, all);
    // what was left behind is told of in one of the next turns
    await new Promise(resolve => setTimeout(resolve, 1));
    return finished;
  } catch {
    return { failed: ['the program cannot be loaded'] };
  }
}
