import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** stdout and stderr as they came; empty when the streams were inherited. */
  readonly output: string;
  readonly stdout: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** `inherit` lets the command write to this terminal; it is `collect` otherwise. */
  readonly output?: 'inherit' | 'collect';
}

const interruptions = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a command without a shell and without input. Rejects only when it can't be started. */
export function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const inherit = options.output === 'inherit';
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', inherit ? 'inherit' : 'pipe', inherit ? 'inherit' : 'pipe'],
    });
    const all: Buffer[] = [];
    const out: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => {
      all.push(chunk);
      out.push(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => all.push(chunk));
    // Who has the terminal is interrupted by it; then the command decides how both of them end.
    const forward = (name: NodeJS.Signals): void => {
      if (name !== 'SIGINT') child.kill(name);
    };
    if (inherit) for (const name of interruptions) process.on(name, forward);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const name of interruptions) process.off(name, forward);
      resolve({ code, signal, output: Buffer.concat(all).toString(), stdout: Buffer.concat(out).toString() });
    });
  });
}

/** Like {@link run}, but anything else than exit code 0 is an error that shows what the command printed. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const result = await run(command, args, options);
  if (result.code === 0) return result;
  const ending = result.signal === null ? `exit code ${String(result.code)}` : `signal ${result.signal}`;
  throw new Error(`${[command, ...args].join(' ')} ended with ${ending}\n${result.output.trim()}`);
}

/** Full path of a command on PATH, or undefined. */
export function findCommand(name: string): string | undefined {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const suffix of suffixes) {
      const file = join(folder, name + suffix);
      if (folder !== '' && isExecutable(file)) return file;
    }
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** How to call npm so that it works without a shell, also on Windows: the npm that started this script, else the one on PATH. */
export function npmCommand(): readonly [string, ...string[]] {
  const script = process.env['npm_execpath'];
  return script !== undefined && /npm-cli\.c?js$/.test(script) ? [process.execPath, script] : ['npm'];
}
