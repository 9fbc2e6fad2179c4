import type { OptionSpec } from './spec.ts';

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

/** Understood after every command that reads a registry. */
export const dataDir: OptionSpec = {
  key: 'dataDir',
  flags: ['-d', '--data-dir'],
  value: 'DIR',
  kind: 'directory',
  summary: "the registry's root",
  standard: '/var/lib/registry',
  section: 'common',
};

/** Understood after every command that makes something; what that may be differs. */
export const output: OptionSpec = {
  key: 'output',
  flags: ['-o', '--output'],
  value: 'DEST',
  kind: 'destination',
  summary: 'a directory, .tar, .tar.gz or .tar.zst; - for stdout',
  section: 'common',
};

/** Understood after every command that writes. */
export const dryRun: OptionSpec = {
  key: 'dryRun',
  flags: ['-n', '--dry-run', '-c', '--check'],
  alsoFrom: 2,
  summary: 'check, show sizes, write nothing',
  section: 'common',
};

/** Understood after every command that reads or writes much. */
export const concurrency: OptionSpec = {
  key: 'concurrency',
  flags: ['-j', '--concurrency'],
  value: 'N',
  kind: 'number',
  summary: 'how much to do at once',
  standard: 'the CPUs available',
  section: 'further',
};

/** Understood after every command that writes where something may be already. */
export const verifyExisting: OptionSpec = {
  key: 'verifyExisting',
  flags: ['--verify-existing'],
  summary: 'hash again what is there already',
  section: 'further',
};

/** Understood after every command that writes images. */
export const fsync: OptionSpec = {
  key: 'fsync',
  flags: ['--fsync'],
  negatable: 'both',
  summary: 'wait for the disk, so that no power cut costs images',
  section: 'further',
};

/** Understood after every command that reads what may be signed. */
export const verifyKey: OptionSpec = {
  key: 'verifyKey',
  flags: ['--verify-key'],
  value: 'PUB',
  kind: 'file',
  summary: 'refuse what this public key (PEM) did not sign',
  section: 'common',
};
