import { concurrency, dataDir, dryRun, fsync, verifyExisting, verifyKey } from './general-options.ts';
import type { CommandSpec } from './spec.ts';

/** Brings what was shipped into a registry. */
export const applyCommand: CommandSpec = {
  name: 'apply',
  summary: 'bring an archive or a directory into a registry',
  argument: { name: 'BUNDLE', variadic: true, required: true, kind: 'file' },
  usage: 'apply BUNDLE|PARTS...|DIR|- [-d DIR] [options]',
  options: [
    dataDir,
    dryRun,
    {
      key: 'onExistingTag',
      flags: ['--on-existing-tag'],
      value: 'DO',
      kind: 'text',
      choices: ['overwrite', 'keep', 'fail'],
      summary: 'overwrite, keep, or fail',
      standard: 'overwrite',
      section: 'common',
    },
    verifyKey,
    verifyExisting,
    concurrency,
    fsync,
  ],
  examples: [
    ['an archive, into the usual place', 'apply images.tar.zst'],
    ['its parts, as they came', 'apply images.tar.0* -d /srv/registry'],
    ['look first: what is new, which tags would move', 'apply images.tar --dry-run'],
    [
      'only what was signed, and no tag moved',
      'apply images.tar --verify-key site.pub --on-existing-tag keep',
    ],
    ['as it comes', 'apply - < images.tar'],
    ['for scripts', "apply images.tar --json | jq -r '.movedTags[].tag'"],
  ],
  notes: [
    'The data directory is a registry, which may serve meanwhile, or an empty one,',
    'which becomes a registry. Nothing is written unless all that belongs to the',
    'images is there. Each blob is proved by its digest before it gets its name, and',
    'a tag is set when all that it leads to is there: cut short at any moment, the',
    'registry serves what it has, and the same command again goes on.',
    'Owner and permissions are those of the registry. It waits for the disk unless',
    '--no-fsync says otherwise.',
  ],
};
