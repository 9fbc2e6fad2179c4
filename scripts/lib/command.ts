import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export { mustRun, run } from '../../src/testing/run.ts';

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
