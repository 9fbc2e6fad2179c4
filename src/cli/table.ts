/**
 * Everything the command line understands, as data: parsing, help, suggestions and shell completion all read this table.
 */

/** What a value is, for completion. */
export type ValueKind = 'directory' | 'reference' | 'command' | 'number' | 'destination';

export interface OptionSpec {
  /** Name among the parsed options. */
  readonly key: string;
  /** All spellings, as typed: the first ones are shown, see `alsoFrom`. */
  readonly flags: readonly [string, ...string[]];
  /** Flags from this index on are aliases, shown after the others. */
  readonly alsoFrom?: number;
  /** Placeholder of the value; a switch has none. */
  readonly value?: string;
  readonly kind?: ValueKind;
  /** A switch that `--no-…` turns off. `only` where that is the form worth showing. */
  readonly negatable?: 'both' | 'only';
  readonly summary: string;
  /** Default, for people. */
  readonly standard?: string;
  readonly section: 'common' | 'further' | 'general';
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** What follows the command's name. */
  readonly argument?: {
    readonly name: string;
    readonly variadic: boolean;
    readonly required: boolean;
    readonly kind: ValueKind;
  };
  readonly usage: string;
  readonly options: readonly OptionSpec[];
  /** What it is for, and the words to type after the program's name. */
  readonly examples: readonly (readonly [purpose: string, words: string])[];
  /** Lines of help that no option says. */
  readonly notes: readonly string[];
}

export const programName = 'registry-scraper';

/** Understood after every command. */
export const generalOptions: readonly OptionSpec[] = [
  {
    key: 'json',
    flags: ['--json'],
    summary: 'one JSON document on stdout, also when failing',
    section: 'general',
  },
  { key: 'quiet', flags: ['-q', '--quiet'], summary: 'print errors only', section: 'general' },
  {
    key: 'verbose',
    flags: ['--verbose'],
    summary: 'list everything, show whole digests',
    section: 'general',
  },
  {
    key: 'progress',
    flags: ['--progress'],
    negatable: 'only',
    summary: 'show no progress on stderr',
    section: 'general',
  },
  {
    key: 'color',
    flags: ['--color'],
    negatable: 'both',
    summary: 'colours, whatever the terminal and NO_COLOR say',
    section: 'general',
  },
  { key: 'help', flags: ['-h', '--help'], summary: 'show this help', section: 'general' },
  {
    key: 'version',
    flags: ['--version'],
    summary: 'show version, Node version, platform, commit',
    section: 'general',
  },
];

const dataDir: OptionSpec = {
  key: 'dataDir',
  flags: ['-d', '--data-dir'],
  value: 'DIR',
  kind: 'directory',
  summary: "the registry's root",
  standard: '/var/lib/registry',
  section: 'common',
};

const scrape: CommandSpec = {
  name: 'scrape',
  summary: 'copy images out of a registry storage directory into a smaller one',
  argument: { name: 'REFERENCE', variadic: true, required: true, kind: 'reference' },
  usage: '[scrape] REFERENCE... [-d DIR] -o DEST [options]',
  options: [
    dataDir,
    {
      key: 'output',
      flags: ['-o', '--output'],
      value: 'DEST',
      kind: 'destination',
      summary: 'a directory, new or holding a registry already',
      section: 'common',
    },
    {
      key: 'dryRun',
      flags: ['-n', '--dry-run', '-c', '--check'],
      alsoFrom: 2,
      summary: 'check, show sizes, write nothing',
      section: 'common',
    },
    {
      key: 'outputDir',
      flags: ['--output-dir'],
      value: 'DIR',
      kind: 'directory',
      summary: 'like -o, but always a directory',
      section: 'further',
    },
    {
      key: 'link',
      flags: ['--link'],
      summary: 'hard-link blobs instead of copying, where possible',
      section: 'further',
    },
    {
      key: 'concurrency',
      flags: ['-j', '--concurrency'],
      value: 'N',
      kind: 'number',
      summary: 'how much to do at once',
      standard: 'the CPUs available',
      section: 'further',
    },
    {
      key: 'keepGoing',
      flags: ['--keep-going'],
      summary: 'copy what can be copied whole, report the rest',
      section: 'further',
    },
    {
      key: 'verifyExisting',
      flags: ['--verify-existing'],
      summary: 'hash again what the output has already',
      section: 'further',
    },
  ],
  examples: [
    ['one image, from the default data directory', 'team/app:1.2 -o out'],
    ['several, one of them by digest', 'app:1.2 web db@sha256:4c1d… -d /srv/registry -o out'],
    ['look first: what would be copied, how large it is', 'app:1.2 web:2 -o out --dry-run'],
    ['hard links on the same file system: fast, takes no space', 'app:1.2 -o out --link'],
    ['for scripts', 'app:1.2 -o out --json | jq .totals.copiedBytes'],
  ],
  notes: [
    'REFERENCE is [HOST[:PORT]/]NAME[:TAG][@DIGEST]; without tag and digest it means',
    'the tag latest. Everything an image needs comes with it: all its platforms,',
    'configs and layers.',
    'Options may stand anywhere; "--" ends them. Of an option given twice, the last',
    'one counts.',
  ],
};

const help: CommandSpec = {
  name: 'help',
  summary: 'show help about a command',
  argument: { name: 'COMMAND', variadic: false, required: false, kind: 'command' },
  usage: 'help [COMMAND]',
  options: [],
  examples: [],
  notes: [],
};

export const commands: readonly CommandSpec[] = [scrape, help];

/** What runs when no command is named. */
export const defaultCommand: CommandSpec = scrape;

export const exitCodeTexts: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'all done'],
  ['1', 'failure: I/O, permissions, no registry there'],
  ['2', 'wrong usage'],
  ['3', 'something asked for is not there'],
  ['4', 'integrity: wrong digest, size or link'],
  ['130, 143', 'interrupted, terminated'],
];

export function findCommand(name: string): CommandSpec | undefined {
  return commands.find(command => command.name === name);
}

/** All options a command understands. */
export function optionsOf(command: CommandSpec): readonly OptionSpec[] {
  return [...command.options, ...generalOptions];
}
