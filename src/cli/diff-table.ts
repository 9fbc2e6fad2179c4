import type { CommandSpec } from './spec.ts';

/** Compares two registries. */
export const diffCommand: CommandSpec = {
  name: 'diff',
  summary: 'compare two registries by their tags and blobs',
  argument: { name: 'A B', variadic: true, required: true, kind: 'file' },
  usage: 'diff A B [options]',
  options: [],
  examples: [
    ['what a shipment would bring', 'diff /var/lib/registry images.tar'],
    ['whether two sites have the same, without a word', 'diff here.inv there.inv -q && echo same'],
    ['for scripts', 'diff a b --json | jq .blobs.added.bytes'],
  ],
  notes: [
    'A and B are data directories of registries, archives, or inventories.',
    '"+" is only in B, "-" only in A, "~" is a tag that points elsewhere in B than in',
    'A. Contents are not read.',
  ],
  exitCodes: [
    ['0', 'the same tags and blobs'],
    ['1', 'something differs'],
    ['2', 'trouble: wrong usage, or one of them cannot be read'],
    ['130, 143', 'interrupted, terminated'],
  ],
};
