/**
 * Rewrites a command line into a form that cac 7.1 (and mri inside it) takes without guessing. Left alone, it
 * - turns values and, after a switch, arguments that look numeric into numbers: tag `1.10` becomes `1.1`, `007` 7, `` 0;
 * - takes the word after a hyphenated switch as its value: `--dry-run app` has no argument left;
 * - calls `-o -` a missing value and drops a lone `-`;
 * - reads `--no-anything` as an option, `--a.b` as an object, `-ofile` as five switches;
 * - does nothing, successfully, for an unknown command;
 * - applies an option's `type` function once for every option that follows.
 *
 * The cure: the command's name first, then every option under its key as `--key=value`, then the arguments; each value and
 * argument behind a NUL, which no real command line can hold and which makes {@link unguard} safe to apply many times.
 */
import { printable, shellWord } from '../render/text.ts';
import { nearest } from './nearest.ts';
import {
  commands,
  defaultCommand,
  findCommand,
  generalOptions,
  optionsOf,
  type CommandSpec,
  type OptionSpec,
} from './table.ts';
import { didYouMean, usageError } from './usage-error.ts';

const GUARD = '\0';

function guard(text: string): string {
  return GUARD + text;
}

/** The text as the user gave it. */
export function unguard(text: string): string {
  return text.startsWith(GUARD) ? text.slice(GUARD.length) : text;
}

export interface Flag {
  readonly option: OptionSpec;
  /** Turns the switch off: `--no-progress`. */
  readonly negated: boolean;
}

/** Every spelling that any command understands. An option means the same in each command that has it. */
const flags: ReadonlyMap<string, Flag> = new Map(
  [...commands.flatMap(command => command.options), ...generalOptions].flatMap(option =>
    option.flags.flatMap(text => flagsOf(option, text)),
  ),
);

function flagsOf(option: OptionSpec, text: string): (readonly [string, Flag])[] {
  const plain: readonly [string, Flag] = [text, { option, negated: false }];
  if (option.negatable === undefined || !text.startsWith('--')) return [plain];
  return [plain, [`--no-${text.slice(2)}`, { option, negated: true }]];
}

/** The option that a spelling such as `-d` or `--no-color` means, in whatever command has it. */
export function findFlag(text: string): Flag | undefined {
  return flags.get(text);
}

export interface NormalArgv {
  /** For cac: a command's name, options, guarded arguments. */
  readonly argv: readonly string[];
  /** Whether the command was named, and not taken by default. */
  readonly named: boolean;
}

/**
 * @param argv arguments after the program's name
 * @throws ScraperError `USAGE`
 */
export function normalise(argv: readonly string[]): NormalArgv {
  const words: string[] = [];
  const options = new Map<OptionSpec, { readonly text: string; readonly values: readonly string[] }>();
  /** Of an option given twice the last one counts, as with GNU and Go programs, unless it collects its values. */
  const give = (option: OptionSpec, text: string, value: string): void => {
    const before = option.repeatable === true ? (options.get(option)?.values ?? []) : [];
    options.set(option, { text, values: [...before, value] });
  };
  let optionsEnd = argv.indexOf('--');
  if (optionsEnd === -1) optionsEnd = argv.length;
  const pending = argv.slice(0, optionsEnd);
  const after = argv.slice(optionsEnd + 1);

  const valueFor = (text: string, { kind }: OptionSpec): string => {
    const value = pending.shift();
    if (value === undefined) throw usageError(`option ${text} needs a value`);
    if (value === '-' || !value.startsWith('-')) return value;
    if (kind === 'number' && /^-[0-9]/.test(value))
      throw usageError(
        `option ${text} needs a positive number, found ${JSON.stringify(value)}`,
        `for example ${text} 3`,
      );
    const what = flags.has(value.replace(/=.*/s, '')) ? 'the option ' : '';
    throw usageError(
      `option ${text} needs a value, found ${what}${JSON.stringify(value)} after it`,
      `a value that begins with a dash is written ${text}=${shellWord(printable(value))}`,
    );
  };

  for (let word = pending.shift(); word !== undefined; word = pending.shift()) {
    if (word === '-' || !word.startsWith('-')) {
      if (/^[\u2010-\u2015\u2212]/.test(word)) {
        throw usageError(`"${word}" begins with a typographic dash`, 'type the hyphen "-" of your keyboard');
      }
      words.push(word);
      continue;
    }
    for (const { text, flag, value } of word.startsWith('--') ? longOption(word) : shortOptions(word)) {
      const { option, negated } = flag;
      give(
        option,
        text,
        option.value === undefined
          ? switchValue(text, negated, value)
          : guard(value ?? valueFor(text, option)),
      );
    }
  }

  const [first] = words;
  const named = first === undefined ? undefined : findCommand(first);
  const command = named ?? defaultCommand;
  for (const [option, { text }] of options) {
    if (!optionsOf(command).includes(option)) throw misplacedOption(option, text, command);
  }
  return {
    argv: [
      command.name,
      ...[...options].flatMap(([option, { values }]) => values.map(value => `--${option.key}=${value}`)),
      ...[...(named ? words.slice(1) : words), ...after].map(guard),
    ],
    named: named !== undefined,
  };
}

/** The command that a command line, sound or not, most likely means. */
export function commandMeant(argv: readonly string[]): CommandSpec {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const first = words.find((word, at) => {
    const before = at === 0 ? undefined : flags.get(words[at - 1] ?? '');
    return !word.startsWith('-') && before?.option.value === undefined;
  });
  return (first === undefined ? undefined : findCommand(first)) ?? defaultCommand;
}

interface Occurrence {
  /** As typed, without a value. */
  readonly text: string;
  readonly flag: Flag;
  /** Only where it was attached. */
  readonly value: string | undefined;
}

function longOption(word: string): readonly Occurrence[] {
  const equals = word.indexOf('=');
  const text = equals === -1 ? word : word.slice(0, equals);
  const flag = flags.get(text);
  if (!flag) throw unknownOption(text);
  return [{ text, flag, value: equals === -1 ? undefined : word.slice(equals + 1) }];
}

/** `-n`, `-nq`, `-j4`, `-j=4`, `-nj4`. */
function shortOptions(word: string): readonly Occurrence[] {
  const long = `-${word.replace(/=.*/s, '')}`;
  if (word.length > 2 && flags.has(long))
    throw usageError(`unknown option "${word}"`, `did you mean "${long}", with two dashes?`);
  const found: Occurrence[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const text = `-${word.charAt(at)}`;
    const rest = word.slice(at + 1);
    const flag = flags.get(text);
    if (!flag) throw unknownOption(at === 1 ? text : `${text}" in "${word}`);
    if (rest.startsWith('=')) return [...found, { text, flag, value: rest.slice(1) }];
    if (flag.option.value !== undefined)
      return [...found, { text, flag, value: rest === '' ? undefined : rest }];
    found.push({ text, flag, value: undefined });
  }
  return found;
}

/** `--dry-run=false` is what users of Go programs write. */
function switchValue(text: string, negated: boolean, value: string | undefined): string {
  if (value === undefined) return String(!negated);
  if (!negated && (value === 'true' || value === 'false')) return value;
  throw usageError(
    `option ${text} takes no value, found "${value}"`,
    negated ? undefined : `write ${text} or ${text}=false`,
  );
}

function unknownOption(text: string): Error {
  const letter = /^-[^-]/.exec(text)?.[0].charAt(1);
  const long = [...flags.keys()].filter(flag => flag.startsWith('--'));
  const near =
    letter === undefined ? nearest(text, long) : long.filter(flag => flag.startsWith(`--${letter}`));
  return usageError(`unknown option "${text}"`, didYouMean(near));
}

function misplacedOption(option: OptionSpec, text: string, command: CommandSpec): Error {
  const owners = commands.filter(other => other.options.includes(option)).map(other => `"${other.name}"`);
  const image = command !== defaultCommand && defaultCommand.options.includes(option);
  return usageError(
    `option ${text} does not belong to the command "${command.name}", but to ${owners.join(', ')}`,
    image ? `an image that is called "${command.name}" is written "${command.name}:latest"` : undefined,
  );
}
