import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildProject } from './build/project-build.ts';
import { compareTrees, filesBelow, outline } from './demo/proof.ts';
import { shipped, teamRegistry } from './demo/registry.ts';
import { proveByServing } from './demo/serve.ts';
import { openStage, type Stage } from './demo/stage.ts';
import { explain, megabytes } from './lib/log.ts';

/** Where the demonstration's registry and its copy stand, seen from the stage's folder. */
const source = 'registry';
const copy = 'shipment';

async function perform(stage: Stage): Promise<void> {
  stage.heading('1  Build the program: one file that runs anywhere');
  const { binaries } = await buildProject({
    platforms: [],
    compress: false,
    log: line => stage.say(`  ${line}`),
  });
  const [program] = binaries.values();
  if (program === undefined)
    throw new Error('there is no binary for this machine, so there is nothing to show');
  const scrape = (...args: readonly string[]): Promise<void> =>
    stage.show(['registry-scraper', ...shipped, '--data-dir', source, ...args], program);

  stage.heading("2  A team's registry, as it lies on disk");
  const registry = teamRegistry();
  mkdirSync(join(stage.folder, source));
  await registry.write(join(stage.folder, source));
  stage.say(describe(registry.tree));
  await stage.show(['registry-scraper', '--version'], program);

  stage.heading('3  What would be shipped?');
  await scrape('--output-dir', copy, '--dry-run');

  stage.heading('4  Ship it');
  await scrape('--output-dir', copy);

  stage.heading('5  What was written: a registry again, only smaller');
  for (const line of outline(join(stage.folder, copy, 'docker/registry/v2/repositories'))) stage.say(line);
  const blobs = filesBelow(join(stage.folder, copy, 'docker/registry/v2/blobs')).length;
  stage.say(`and beside it ${blobs} blobs`);

  stage.heading('6  Proof: it is byte for byte what the source holds');
  const compared = compareTrees(join(stage.folder, source), join(stage.folder, copy));
  stage.say(`✓ ${compared.files} files, ${megabytes(compared.bytes)}: each is the source's, byte for byte`);
  stage.say(`✓ ${compared.blobs} blobs: each hashes to its name`);
  stage.say(`  ${compared.left} files of the source were not asked for and were left out`);

  stage.heading('7  Proof: a stock registry serves it, a stock client pulls it');
  await proveByServing(stage, copy);

  stage.heading('8  Once more: there is nothing left to do');
  await scrape('--output-dir', copy);
  stage.say('\nThat was all; the folder it happened in is gone again.');
}

/** How much there is in the registry, counted in what was built. */
function describe(tree: ReadonlyMap<string, unknown>): string {
  const paths = [...tree.keys()];
  const count = (pattern: RegExp): number =>
    new Set(paths.map(path => pattern.exec(path)?.[1]).filter(Boolean)).size;
  const bytes = [...tree.values()].reduce<number>(
    (sum, one) => sum + (one instanceof Uint8Array ? one.length : 0),
    0,
  );
  return [
    `${count(/repositories\/(.+?)\/_/)} repositories`,
    `${count(/repositories\/(.+\/_manifests\/tags\/[^/]+)\/current\/link$/)} tags`,
    `${count(/(blobs\/.+\/data)$/)} blobs`,
    megabytes(bytes),
  ].join(', ');
}

const stage = openStage();
try {
  await perform(stage);
} catch (error) {
  console.error(`\nThe demonstration failed: ${explain(error)}`);
  process.exitCode = 1;
} finally {
  stage.clear();
}
