import { cac } from 'cac';
import { normalise, unguard } from './argv.ts';
import type { RawOptions } from './raw-options.ts';
import { commands, findCommand, optionsOf, programName, type CommandSpec, type OptionSpec } from './table.ts';
import { usageError } from './usage-error.ts';

export interface Invocation {
  readonly command: CommandSpec;
  /** Whether the command was named, and not taken by default. */
  readonly named: boolean;
  /** Arguments exactly as typed. */
  readonly words: readonly string[];
  readonly options: RawOptions;
}

/**
 * Reads a command line.
 * @param argv arguments after the program's name
 * @throws ScraperError `USAGE`
 */
export function parse(argv: readonly string[]): Invocation {
  const cli = cac(programName);
  for (const command of commands) {
    const program = cli.command(`${command.name} [...words]`, command.summary, {
      ignoreOptionDefaultValue: true,
    });
    for (const option of optionsOf(command))
      program.option(declaration(option), option.summary, valueType(option));
    // Only for cac's own checks of the options: what to run is decided by the caller.
    program.action(() => undefined);
  }
  const normal = normalise(argv);
  const parsed = parseChecked(() => {
    const result = cli.parse(['node', programName, ...normal.argv], { run: false });
    cli.runMatchedCommand();
    return result;
  });
  const command = findCommand(cli.matchedCommandName ?? '');
  if (!command) throw usageError('no command was found');
  const given: Record<string, unknown> = parsed.options;
  return {
    command,
    named: normal.named,
    words: parsed.args.map(unguard),
    options: Object.fromEntries(
      optionsOf(command).map(({ key, repeatable }) => [
        key,
        repeatable === true ? allOf(given[key]) : lastOf(given[key]),
      ]),
    ),
  };
}

/** cac knows options by their keys alone: {@link normalise} has translated every spelling. */
function declaration({ key, value }: OptionSpec): string {
  return value === undefined ? `--${key}` : `--${key} <${value}>`;
}

function valueType({ value }: OptionSpec): { readonly type?: ((text: string) => string)[] } {
  return value === undefined ? {} : { type: [unguard] };
}

/** cac gives an option with a type as a list. */
function lastOf(value: unknown): string | boolean | undefined {
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === 'string' || typeof last === 'boolean' ? last : undefined;
}

function allOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter(item => typeof item === 'string');
}

function parseChecked<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && error.name === 'CACError') throw usageError(error.message);
    throw error;
  }
}
