import { spawn } from 'node:child_process';

export interface ShellOptions {
  /** The shell and its arguments, as one command of a POSIX shell. */
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What the shell prints when it waits for a line. */
  readonly prompt: string;
  /** Lines to type, each when the shell waits for it; tabs are the key of that name. */
  readonly lines: readonly string[];
  /** Milliseconds after which the test has failed. */
  readonly timeout?: number;
}

/**
 * Types lines into an interactive shell on a terminal of its own, which `script` (util-linux) makes, and returns all that
 * stood on that terminal.
 */
export async function typeIntoShell(options: ShellOptions): Promise<string> {
  const { command, cwd, env, prompt, timeout = 60_000 } = options;
  const child = spawn('script', ['-q', '-e', '-c', command, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', TERM: 'dumb', LANG: 'C.UTF-8', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    killSignal: 'SIGKILL',
    timeout,
  });
  const lines = [...options.lines, 'exit'];
  let text = '';
  let seen = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const at = text.indexOf(prompt, seen);
    if (at === -1) return;
    seen = text.length;
    const line = lines.shift();
    if (line !== undefined) child.stdin.write(`${line}\r`);
  });
  await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  if (lines.length > 0)
    throw new Error(`the shell ended before these were typed: ${lines.join(' | ')}\n${text}`);
  return text;
}
