import { dataDir } from './general-options.ts';
import { selectionOptions } from './selection-options.ts';
import type { CommandSpec } from './spec.ts';

/** Selection options that mean something where nothing is shipped. */
const choosing: ReadonlySet<string> = new Set([
  'from',
  'exclude',
  'tagRegex',
  'semver',
  'prerelease',
  'newest',
  'newestBy',
]);

/** Commands that look at a registry and change nothing. */
export const lookCommands: readonly CommandSpec[] = [
  {
    name: 'ls',
    summary: 'list repositories and tags of a registry storage directory',
    argument: { name: 'PATTERN', variadic: true, required: false, kind: 'pattern' },
    usage: 'ls [PATTERN...] [-d DIR] [options]',
    options: [
      dataDir,
      {
        key: 'long',
        flags: ['-l', '--long'],
        summary: 'digest, kind, platforms, size, date: reads manifests',
        section: 'common',
      },
      {
        key: 'all',
        flags: ['-a', '--all'],
        summary: 'digest tags too (signatures, SBOMs: sha256-….sig)',
        section: 'common',
      },
      {
        key: 'sort',
        flags: ['--sort'],
        value: 'KEY',
        kind: 'text',
        choices: ['name', 'size', 'created', 'pushed'],
        summary: 'by name, size, created or pushed',
        standard: 'name',
        section: 'common',
      },
      {
        key: 'digests',
        flags: ['--digests'],
        summary: 'whole digests; without -l as NAME:TAG@DIGEST',
        section: 'common',
      },
      {
        key: 'untagged',
        flags: ['--untagged'],
        summary: 'revisions that no tag points to, instead of tags',
        section: 'common',
      },
      ...selectionOptions.filter(({ key }) => choosing.has(key)),
    ],
    examples: [
      ['everything, as one reference a line when piped', 'ls | wc -l'],
      ['one repository, with sizes and platforms', 'ls -l team/app'],
      ['all below a path', 'ls team/'],
      ['the 2.x versions of all that is called api', "ls '**/api' --semver 2.x"],
      ['the largest images', 'ls -l --sort size | head'],
      ['pin tags, to ship exactly these', 'ls --digests team/ > images.txt'],
      ['what has no tag, and whether an index needs it', 'ls -l --untagged team/app'],
      ['for scripts', "ls -l --json | jq -r '.images[] | select(.error).reference'"],
    ],
    notes: [
      'PATTERN is a repository, NAME:TAG, NAME@DIGEST, or a pattern over NAME:TAG, in',
      'quotes. Without a tag all tags are listed; NAME/ lists all that is below NAME.',
      'Names alone are listed without reading a manifest. With -l, what is damaged or',
      'missing is listed as such; it makes the exit code 3 or 4 only where it was named',
      'without wildcards. Layers are not looked at: inspect does that, for one image.',
      'SIZE is what the image needs, each blob once; dates are UTC. -q leaves out',
      'remarks about what is odd.',
    ],
  },
  {
    name: 'inspect',
    summary: 'show what an image consists of, what belongs to it, what is wrong',
    argument: { name: 'REFERENCE', variadic: false, required: true, kind: 'reference' },
    usage: 'inspect REFERENCE [-d DIR] [options]',
    options: [
      dataDir,
      {
        key: 'raw',
        flags: ['--raw'],
        summary: "print the manifest's bytes, proved, and nothing else",
        section: 'common',
      },
    ],
    examples: [
      ['its manifests, config, layers and referrers', 'inspect team/app:1.2'],
      ['the same with whole digests, and nothing left out', 'inspect team/app:1.2 --verbose'],
      ['the manifest itself', 'inspect team/app:1.2 --raw | jq .layers'],
      ['one platform of an index, by its digest', 'inspect team/app@sha256:4c1d… --raw'],
      ['for scripts', "inspect team/app:1.2 --json | jq '.sharing.sharedBytes'"],
    ],
    notes: [
      'Manifests are read and proved by their digests. Of configs and layers, links and',
      'sizes are checked; their bytes are proved by a scrape. What is missing makes the',
      'exit code 3, what is damaged 4: the tree is shown all the same. An entry that an',
      'index names and the registry lacks is a remark only, as it is to a scrape.',
    ],
  },
];
