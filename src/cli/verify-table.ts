import { concurrency, dataDir, verifyKey } from './general-options.ts';
import type { CommandSpec } from './spec.ts';

/** Looks through a whole registry. */
export const verifyCommand: CommandSpec = {
  name: 'verify',
  summary: 'check a registry or a bundle: every repository, tag, link and blob',
  argument: { name: 'SOURCE', variadic: false, required: false, kind: 'file' },
  usage: 'verify [DIR|BUNDLE|INVENTORY] [options]',
  options: [
    dataDir,
    {
      key: 'quick',
      flags: ['--quick'],
      summary: 'hash manifests only; of other blobs, look at sizes',
      section: 'common',
    },
    verifyKey,
    concurrency,
  ],
  examples: [
    ['the registry of this machine', 'verify'],
    ['a copy, before it is carried away', 'verify shipment'],
    ['an archive, or its parts, with their checksums', 'verify images.tar.001'],
    ['structure and sizes only, in seconds', 'verify --quick'],
    ['at night: a word only if something is wrong', 'verify -q'],
    ['for scripts', "verify --json | jq -r '.findings[].path' > look-at.txt"],
  ],
  notes: [
    'What is damaged or missing fails in a stock registry as well: it is not served,',
    'or garbage-collect stops at it or deletes what is in use. A notice is something',
    'that a registry does not mind: orphans, litter, indexes that lack platforms.',
    'Nothing is changed. The registry may run meanwhile; what is pushed after its',
    'blobs were listed is verified too.',
  ],
  exitCodes: [
    ['0', 'sound; there may be notices'],
    ['1', 'not everything could be read'],
    ['2', 'wrong usage'],
    ['3', 'something is missing: blobs, manifests, links'],
    ['4', 'something is damaged, whatever else there is'],
    ['130, 143', 'interrupted, terminated'],
  ],
};
