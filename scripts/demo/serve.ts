import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { garbageCollect, withRegistry } from '../../src/testing/docker-registry.ts';
import { catalog, tagsList } from '../../src/testing/registry-client.ts';
import { findCommand } from '../lib/command.ts';
import { shipped } from './registry.ts';
import type { Stage } from './stage.ts';

/**
 * Serves the copy with a stock registry, pulls every image from it with a stock client and lets the registry's garbage
 * collector look for anything superfluous, where both are installed.
 */
export async function proveByServing(stage: Stage, copy: string): Promise<void> {
  const lacking = ['docker-registry', 'skopeo'].filter(command => findCommand(command) === undefined);
  if (lacking.length > 0) {
    stage.say(`Left out: this proof needs ${lacking.join(' and ')}, which this machine does not have.`);
    stage.say('On Debian, as root: apt-get install docker-registry skopeo');
    return;
  }
  const directory = join(stage.folder, copy);
  await withRegistry(directory, async ({ address, url }) => {
    stage.say(`A stock docker-registry serves ${copy} on ${address}:`);
    for (const repository of await catalog(url)) {
      stage.say(`  ${repository}: ${(await tagsList(url, repository)).join(', ')}`);
    }
    for (const reference of shipped) {
      const flags = ['--insecure-policy', '--src-tls-verify=false', '--quiet', '--all'];
      await stage.show(['skopeo', 'copy', ...flags, `docker://${address}/${reference}`, 'dir:pulled']);
      stage.say('✓ pulled whole');
      rmSync(join(stage.folder, 'pulled'), { recursive: true });
    }
  });
  const { marked, eligibleBlobs, eligibleManifests } = await garbageCollect(directory, { dryRun: true });
  if (eligibleBlobs + eligibleManifests > 0) throw new Error('the registry calls a part of the copy garbage');
  stage.say(`✓ its garbage collector keeps all ${marked} blobs and finds nothing to delete`);
}
