import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { styleText } from 'node:util';
import { exitOnSignals, scratchFolder } from '../lib/scratch.ts';

/** A folder for a demonstration, and the processes it starts: all gone when it ends, in whatever way. */
export interface Stage {
  readonly folder: string;
  heading(text: string): void;
  say(text: string): void;
  /**
   * Shows a command and runs it in the folder, with its output on this terminal. Any exit code but 0 is an error.
   * @param program what really runs, where it is not the command as an operator would type it
   */
  show(command: readonly [string, ...string[]], program?: string): Promise<void>;
  clear(): void;
}

export function openStage(): Stage {
  const folder = scratchFolder(tmpdir(), 'registry-scraper-demo-');
  const children = new Set<ChildProcess>();
  const clear = (): void => {
    for (const child of children) child.kill('SIGKILL');
    folder.remove();
  };
  process.once('exit', clear);
  exitOnSignals();
  return {
    folder: folder.path,
    clear,
    heading: text => {
      console.log(`\n${styleText(['bold', 'cyan'], `── ${text} `.padEnd(78, '─'))}`);
    },
    say: text => {
      console.log(text);
    },
    show: async ([command, ...args], program = command) => {
      console.log(
        `\n${styleText('dim', '$')} ${styleText('bold', [command, ...args.map(quoted)].join(' '))}`,
      );
      const child = spawn(program, args, { cwd: folder.path, stdio: ['ignore', 'inherit', 'inherit'] });
      children.add(child);
      const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (...ending) => {
          resolve(ending);
        });
      });
      children.delete(child);
      if (code !== 0) throw new Error(`${command} ended with ${signal ?? `exit code ${code}`}`);
    },
  };
}

/** An argument as it has to be typed in a shell. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
