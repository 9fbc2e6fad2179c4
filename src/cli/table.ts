/**
 * Everything the command line understands, as data: parsing, help, suggestions and shell completion all read this table.
 */
import { archiveOptions } from './archive-options.ts';
import { applyCommand } from './apply-table.ts';
import { diffCommand } from './diff-table.ts';
import {
  concurrency,
  dataDir,
  dryRun,
  fsync,
  generalOptions,
  output,
  verifyExisting,
} from './general-options.ts';
import { inventoryCommand } from './inventory-table.ts';
import { lookCommands } from './look-table.ts';
import { programName } from './program-name.ts';
import { selectionOptions } from './selection-options.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';
import { verifyCommand } from './verify-table.ts';

export { generalOptions } from './general-options.ts';
export type { CommandSpec, OptionSpec, ValueKind } from './spec.ts';

export { programName } from './program-name.ts';

const scrape: CommandSpec = {
  name: 'scrape',
  summary: 'copy images out of a registry storage directory into a smaller one',
  argument: { name: 'REFERENCE', variadic: true, required: true, kind: 'reference' },
  usage: '[scrape] REFERENCE... [-d DIR] -o DEST [options]',
  options: [
    dataDir,
    output,
    dryRun,
    ...selectionOptions,
    ...archiveOptions,
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
    concurrency,
    {
      key: 'keepGoing',
      flags: ['--keep-going'],
      summary: 'copy what can be copied whole, report the rest',
      section: 'further',
    },
    verifyExisting,
    fsync,
  ],
  examples: [
    ['one image, from the default data directory', 'team/app:1.2 -o out'],
    ['several, one of them by digest', 'app:1.2 web db@sha256:4c1d… -d /srv/registry -o out'],
    ['look first: what would be copied, how large it is', 'app:1.2 web:2 -o out --dry-run'],
    ['hard links on the same file system: fast, takes no space', 'app:1.2 -o out --link'],
    ['one archive to carry, in parts that fit on a stick', 'app:1.2 -o app.tar.zst --split 4GB'],
    ['straight to another machine', 'app:1.2 -o - | ssh site tar x -C /var/lib/registry'],
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
  applyCommand,
  diffCommand,
  inventoryCommand,
  ...lookCommands,
  verifyCommand,
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
