import type { Tests } from './trial.ts';

/** A part of the program on which the trust in it rests. */
export interface Module {
  readonly files: readonly string[];
  /** Tests that must notice faults in it, beside those that stand next to a file: the quick ones first. */
  readonly tests: readonly Tests[];
}

const images: Tests = [
  'src/graph/choice.test.ts',
  'src/graph/order.test.ts',
  'src/scrape.test.ts',
  'src/scrape-platforms.test.ts',
  'src/scrape-platforms-left.test.ts',
  'src/scrape-references.test.ts',
  'src/scrape-referrers.test.ts',
  'src/scrape-belongings.test.ts',
  'src/scrape-moments.test.ts',
];
const badImages: Tests = [
  'src/scrape-fallback-tags.test.ts',
  'src/bad-manifests.test.ts',
  'src/bad-links.test.ts',
  'src/bad-references.test.ts',
  'src/gather.test.ts',
  'src/planner.test.ts',
];
const badTrees: Tests = ['src/bad-blobs.test.ts', 'src/bad-indexes.test.ts'];
const looking: Tests = ['src/look/inspect.test.ts', 'src/look/summary.test.ts', 'src/look/untagged.test.ts'];

/** The table of what is checked, by name. */
export const modules: Readonly<Record<string, Module>> = {
  layout: {
    files: ['src/registry/layout.ts'],
    tests: [['src/scrape.test.ts', 'src/registry/below.test.ts', 'src/registry/source.test.ts']],
  },
  closure: {
    files: [
      'src/graph/walk.ts',
      'src/graph/enter.ts',
      'src/graph/find.ts',
      'src/graph/state.ts',
      'src/graph/collect.ts',
      'src/graph/order.ts',
      'src/graph/load.ts',
      'src/graph/resolve.ts',
      'src/graph/choice.ts',
      'src/graph/left.ts',
      'src/graph/referrers.ts',
      'src/graph/referrer-choice.ts',
      'src/graph/belongings.ts',
      'src/graph/fallback.ts',
      'src/graph/fallback-tags.ts',
      'src/graph/merge.ts',
      'src/graph/signatures.ts',
      'src/graph/image-config.ts',
    ],
    tests: [images, badImages, badTrees, looking],
  },
  order: {
    files: ['src/copy.ts', 'src/planner.ts', 'src/bundle/items.ts'],
    tests: [
      [
        'src/scrape.test.ts',
        'src/scrape-output.test.ts',
        'src/scrape-progress.test.ts',
        'src/output.test.ts',
        'src/apply/everything.test.ts',
        'src/apply/apply.test.ts',
      ],
      [
        'src/scrape-referrers.test.ts',
        'src/scrape-platforms.test.ts',
        'src/scrape-references.test.ts',
        'src/ship.test.ts',
        'src/bad-blobs.test.ts',
      ],
    ],
  },
  transfer: {
    files: [
      'src/transfer/verifier.ts',
      'src/transfer/proving.ts',
      'src/transfer/local.ts',
      'src/transfer/files.ts',
      'src/transfer/job.ts',
      'src/archive/prover.ts',
    ],
    tests: [
      ['src/transfer/local.test.ts', 'src/transfer/files.test.ts', 'src/transfer/pool.test.ts'],
      ['src/transfer/pool-threads.test.ts', 'src/bad-blobs.test.ts'],
    ],
  },
  digest: {
    files: ['src/oci/digest.ts'],
    tests: [['src/registry/layout.test.ts', 'src/transfer/local.test.ts']],
  },
  verify: {
    files: [
      'src/verify/blob-index.ts',
      'src/verify/blobs.ts',
      'src/verify/digest-directories.ts',
      'src/verify/digest-table.ts',
      'src/verify/entries.ts',
      'src/verify/foreign.ts',
      'src/verify/hashing.ts',
      'src/verify/lanes.ts',
      'src/verify/layers.ts',
      'src/verify/links.ts',
      'src/verify/manifest-file.ts',
      'src/verify/manifests.ts',
      'src/verify/naming.ts',
      'src/verify/oddity.ts',
      'src/verify/prover.ts',
      'src/verify/repositories.ts',
      'src/verify/repository.ts',
      'src/verify/revisions.ts',
      'src/verify/tags.ts',
      'src/verify/totals.ts',
      'src/verify/uploads.ts',
      'src/verify/users.ts',
      'src/verify/verification.ts',
      'src/verify/verify.ts',
    ],
    tests: [
      ['src/verify/circumstances.test.ts', 'src/verify/top.test.ts', 'src/verify/kinds.test.ts'],
      ['src/verify/verify.test.ts', 'src/verify/moments.test.ts'],
    ],
  },
};
