import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment of the child; by default that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the child by SIGKILL when it takes longer, milliseconds. */
  readonly timeout?: number;
  /** `inherit` lets the child write where this process writes; it is `collect` otherwise. */
  readonly output?: 'inherit' | 'collect';
}

export interface Finished {
  /** Exit code; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What was collected, also both streams as they came. */
  readonly stdout: string;
  readonly stderr: string;
  readonly output: string;
}

const interruptions = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a command, without a shell and without input, to its end, whatever that is. Rejects only when it could not be started. */
export function run(
  command: string,
  args: readonly string[],
  { output = 'collect', ...options }: RunOptions = {},
): Promise<Finished> {
  const stream = output === 'inherit' ? 'inherit' : 'pipe';
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...options,
      killSignal: 'SIGKILL',
      stdio: ['ignore', stream, stream],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const both: Buffer[] = [];
    const collect = (stream: Buffer[]) => (chunk: Buffer) => {
      stream.push(chunk);
      both.push(chunk);
    };
    child.stdout?.on('data', collect(stdout));
    child.stderr?.on('data', collect(stderr));
    // Who has the terminal is interrupted by it; then the child decides how both of them end.
    const forward = (name: NodeJS.Signals): void => {
      if (name !== 'SIGINT') child.kill(name);
    };
    if (output === 'inherit') for (const name of interruptions) process.on(name, forward);
    child.once('error', reject);
    child.once('close', (status, signal) => {
      for (const name of interruptions) process.off(name, forward);
      const [out = '', err = '', all = ''] = [stdout, stderr, both].map(chunks =>
        Buffer.concat(chunks).toString(),
      );
      resolve({ status, signal, stdout: out, stderr: err, output: all });
    });
  });
}

/** Runs a command that must succeed and returns what it printed on stdout; otherwise throws with all its output. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { status, signal, stdout, output } = await run(command, args, options);
  if (status === 0) return stdout;
  const end = signal ?? `status ${String(status)}`;
  throw new Error(`${command} ${args.join(' ')} ended with ${end}\n${output.trim()}`);
}
