import type { Colors } from '../render/terminal.ts';
import {
  commands,
  defaultCommand,
  exitCodeTexts,
  optionsOf,
  programName,
  type CommandSpec,
  type OptionSpec,
} from './table.ts';

const PURPOSE = [
  "Takes chosen images out of a Docker registry's storage directory, proves every",
  'byte, and writes a smaller registry that any registry serves.',
];

/** Help for one command, examples first; for the default command, about the program as a whole. At most 80 cells wide. */
export function renderHelp(command: CommandSpec, colors: Colors): string {
  const whole = command === defaultCommand;
  const heading = (text: string): string => colors.bold(text);
  const sections: (readonly string[])[] = [
    whole ? PURPOSE : [capital(command.summary)],
    [`${heading('Usage:')} ${programName} ${command.usage}`],
  ];
  if (command.examples.length > 0) {
    const examples = command.examples.flatMap(([purpose, words]) => [
      `  ${colors.dim(`# ${purpose}`)}`,
      `  ${programName} ${words}`,
    ]);
    sections.push([heading('Examples:'), ...examples]);
  }
  if (command.notes.length > 0) sections.push(command.notes);
  for (const [section, title] of [
    ['common', 'Options:'],
    ['selection', 'Choosing:'],
    ['shipping', 'Shipping:'],
    ['further', 'More options:'],
    ['general', 'General options:'],
  ] as const) {
    const options = optionsOf(command)
      .map(option => ({ ...option, ...command.wording?.[option.key] }))
      .filter(option => option.section === section);
    if (options.length > 0)
      sections.push([heading(title), ...options.map(optionLine), ...repeatableLine(options)]);
  }
  if (whole && commands.length > 1) {
    sections.push([heading('Commands:'), ...pairs(commands.map(({ name, summary }) => [name, summary]))]);
  }
  sections.push([heading('Exit codes:'), ...pairs(command.exitCodes ?? exitCodeTexts)]);
  return sections.map(lines => lines.map(line => `${line}\n`).join('')).join('\n');
}

/** For a call without anything. */
export function renderShortHelp(): string {
  const [example] = defaultCommand.examples;
  return [
    ...PURPOSE,
    '',
    `Usage:   ${programName} ${defaultCommand.usage}`,
    `Example: ${programName} ${example?.[1] ?? ''}`,
    '',
    `Run "${programName} --help" for examples, options and exit codes.`,
    '',
  ].join('\n');
}

/** All spellings of an option with its value, as help shows them: `-n, --dry-run`. */
export function spelling({ flags, value, negatable, alsoFrom = flags.length }: OptionSpec): string {
  const long = flags.slice(0, alsoFrom);
  const shown =
    negatable === undefined
      ? long
      : long.flatMap(flag =>
          negatable === 'both' ? [flag, flag.replace(/^--/, '--no-')] : [flag.replace(/^--/, '--no-')],
        );
  return shown.join(', ') + (value === undefined ? '' : ` ${value}`);
}

/** Summaries stand below each other, in all sections. */
const SUMMARY_COLUMN = 27;

function optionLine(option: OptionSpec): string {
  const { flags, alsoFrom, standard, summary } = option;
  // Options without a short form stand in line with the long forms of the others.
  const left = `${flags[0].startsWith('--') ? '      ' : '  '}${spelling(option)}`;
  const also = alsoFrom === undefined ? '' : ` (also ${flags.slice(alsoFrom).join(', ')})`;
  return `${left.padEnd(SUMMARY_COLUMN - 1)} ${summary}${also}${standard === undefined ? '' : ` (default: ${standard})`}`;
}

/** Says which options collect their values, since of others the last one counts. */
function repeatableLine(options: readonly OptionSpec[]): readonly string[] {
  const flags = options.filter(({ repeatable }) => repeatable === true).map(({ flags: [flag] }) => flag);
  return flags.length === 0 ? [] : [`  ${flags.join(', ')} may be repeated.`];
}

function pairs(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
