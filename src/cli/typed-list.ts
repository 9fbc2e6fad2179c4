import type { CliContext } from './context.ts';
import type { SelectionArguments } from './options.ts';

/** What is said where a list is read from the terminal: whoever does not expect it waits for the program, and it for them. */
export const typedListNote = 'Reading a list from this terminal, one reference a line; Ctrl-D ends it.';

/** Whether a list is to be typed on the terminal. */
export function isListTyped({ from }: SelectionArguments, { stdin }: Pick<CliContext, 'stdin'>): boolean {
  return from.includes('-') && stdin().isTTY === true;
}
