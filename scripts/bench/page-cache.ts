import { mustRun } from '../lib/command.ts';

/** Brings a state about that everybody's run starts from; not timed. */
export type Prepare = () => Promise<unknown>;

/** Reads every file below `directory`: a machine may have taken its pages away since the last run. */
export const warm = (directory: string): Prepare => each(directory, 'cat -- "$@" > /dev/null');

/** Has the kernel forget what it knows of the files below `directory`, which `dd` may ask for without being root. */
export const cold = (directory: string): Prepare =>
  each(directory, 'for file; do dd if="$file" iflag=nocache count=0 status=none; done');

function each(directory: string, command: string): Prepare {
  return () => mustRun('find', [directory, '-type', 'f', '-exec', 'sh', '-c', command, 'sh', '{}', '+']);
}
