import { setTimeout as sleep } from 'node:timers/promises';
import { crash, fail, run } from './cli/run.ts';
import { currentDirectory, drained, flushed, outputLost, stopSignals, systemClock } from './cli/system.ts';

/** How long a reader may take to fetch the last of what an interrupted program has to say. */
const LAST_WORDS_MS = 1000;

const stop = new AbortController();
const reader = new AbortController();
const context = {
  argv: process.argv.slice(2),
  env: process.env,
  get cwd() {
    return currentDirectory();
  },
  stdin: () => process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  signal: stop.signal,
  readerGone: reader.signal,
  drained: () => drained(process.stdout),
};

for (const [signal, reason, exitCode] of stopSignals) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(exitCode);
    stop.abort(reason);
  });
}

// A reader that has seen enough closes its pipe: that is no failure, and work goes on, but for work that is only shown.
let lost: Error | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') lost ??= error;
  reader.abort();
});
process.stderr.on('error', () => undefined);

async function end(exitCode: number): Promise<never> {
  // whoever stopped the program does not wait for a reader who takes nothing
  await (stop.signal.aborted
    ? Promise.race([flushed(process.stdout), sleep(LAST_WORDS_MS)])
    : flushed(process.stdout));
  const code = lost && exitCode === 0 ? await fail(outputLost(lost), context) : exitCode;
  await flushed(process.stderr);
  process.exit(code);
}

process.on('uncaughtException', error => void crash(error, context).then(end, () => process.exit(1)));
void run(context).then(end);
