/**
 * Everything the command line understands, as data: parsing, help, suggestions and shell completion all read this table.
 */
import { lookCommands } from './look-table.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';

export type { CommandSpec, OptionSpec, ValueKind } from './spec.ts';

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

/** What selects images beside references; the same for every command that takes references. */
const selectionOptions: readonly OptionSpec[] = [
  {
    key: 'from',
    flags: ['--from'],
    value: 'FILE',
    kind: 'file',
    repeatable: true,
    summary: 'also a list, compose file, Kubernetes file …',
    section: 'selection',
  },
  {
    key: 'exclude',
    flags: ['--exclude'],
    value: 'PATTERN',
    kind: 'reference',
    repeatable: true,
    summary: 'leave out what matches',
    section: 'selection',
  },
  {
    key: 'tagRegex',
    flags: ['--tag-regex'],
    value: 'RE',
    kind: 'text',
    summary: 'of a pattern, only tags that match',
    section: 'selection',
  },
  {
    key: 'semver',
    flags: ['--semver'],
    value: 'RANGE',
    kind: 'text',
    summary: 'of a pattern, only versions in a range',
    section: 'selection',
  },
  {
    key: 'prerelease',
    flags: ['--prerelease'],
    summary: 'prereleases count as versions too',
    section: 'selection',
  },
  {
    key: 'newest',
    flags: ['--newest'],
    value: 'N',
    kind: 'number',
    summary: 'of a pattern, the newest N tags of each repository',
    section: 'selection',
  },
  {
    key: 'newestBy',
    flags: ['--newest-by'],
    value: 'ORDER',
    kind: 'text',
    choices: ['semver', 'created', 'pushed'],
    summary: 'newest by semver, created or pushed',
    standard: 'semver',
    section: 'selection',
  },
  {
    key: 'platform',
    flags: ['--platform'],
    value: 'OS/ARCH',
    kind: 'text',
    repeatable: true,
    summary: 'only these platforms of an index (also a,b)',
    section: 'selection',
  },
  {
    key: 'referrers',
    flags: ['--referrers'],
    value: 'TYPE',
    kind: 'text',
    repeatable: true,
    summary: 'only these signatures, SBOMs …: glob on the type',
    section: 'selection',
  },
  {
    key: 'noReferrers',
    flags: ['--no-referrers'],
    summary: 'without signatures, SBOMs, attestations',
    section: 'selection',
  },
  {
    key: 'rename',
    flags: ['--rename'],
    value: 'FROM=TO',
    kind: 'text',
    repeatable: true,
    summary: "the repository's name in the output",
    section: 'selection',
  },
];

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
    ...selectionOptions,
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
    ['every 2.x of a team, the newest three of each', "'team/**:*' --semver 2.x --newest 3 -o out"],
    ['what a compose file runs, for arm64 boxes', '--from compose.yaml --platform linux/arm64 -o out'],
    ['what a cluster runs', '--from - -o out < manifests.yaml'],
    ['for scripts', 'app:1.2 -o out --json | jq .totals.copiedBytes'],
  ],
  notes: [
    'REFERENCE is [HOST[:PORT]/]NAME[:TAG][@DIGEST]; without tag and digest it means',
    'the tag latest. It may be a pattern: "*" stands for anything within a component,',
    '"**" for several components, and in tags for anything: quote it.',
    'Everything an image needs comes with it: all its platforms, configs and layers,',
    'and what signs or describes it.',
    'Options may stand anywhere; "--" ends them. Of an option given twice, the last',
    'one counts, but for those that may be repeated. An image called like a command',
    'is named with its tag (ls:latest) or after the command (scrape ls).',
  ],
};

const completion: CommandSpec = {
  name: 'completion',
  summary: 'print a script for completion in your shell',
  argument: {
    name: 'SHELL',
    variadic: false,
    required: true,
    kind: 'text',
    choices: ['bash', 'zsh', 'fish', 'powershell'],
  },
  usage: 'completion bash|zsh|fish|powershell',
  options: [],
  examples: [],
  notes: [
    'Repositories and tags are looked up in the data directory that -d names on the',
    'line, or else in the usual one.',
    '',
    'Run it whenever a shell starts; put into',
    `  ~/.bashrc                   source <(${programName} completion bash)`,
    `  ~/.zshrc, after compinit    source <(${programName} completion zsh)`,
    `  ~/.config/fish/config.fish  ${programName} completion fish | source`,
    `  PowerShell's $PROFILE       ${programName} completion powershell |`,
    '                                Out-String | Invoke-Expression',
    '',
    'Or keep its output where shells look for such scripts:',
    `  bash  ~/.local/share/bash-completion/completions/${programName}`,
    `  zsh   _${programName} in a directory of $fpath`,
    `  fish  ~/.config/fish/completions/${programName}.fish`,
    'bash has to be version 4 or newer. The program must be on PATH, or be called as',
    'it is called on the line.',
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

export const commands: readonly CommandSpec[] = [
  scrape,
  ...lookCommands(dataDir, selectionOptions),
  completion,
  help,
];

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
