import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePlatform } from './oci/platform.ts';
import { lateDriver } from './testing/late.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import { scrapeTree } from './testing/scrape.ts';

/** Images for all that the walk has to wait for. */
function everything(): RegistryBuilder {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.schema1({ tag: 'old', signature: 'linked' });
  const amd = app.image({ layers: [300, { content: 200, algorithm: 'sha512' }] });
  const arm = app.image({ platform: 'linux/arm64' });
  const manifests = [amd, arm].map(({ descriptor }) => ({ ...descriptor, platform: undefined }));
  const index = app.index([], { tag: '1', overrides: { manifests: [...manifests, app.index([amd])] } });
  app.signature(index);
  app.signature(amd);
  app.artifact({ subject: amd, artifactType: 'application/spdx+json' });
  app.artifact({ subject: amd, artifactType: 'application/vnd.example' });
  return registry;
}

for (const platforms of [[], [parsePlatform('linux/amd64')]])
  test(`whichever answer of the storage comes late, the same is shipped (${platforms.length > 0 ? 'of one platform' : 'all'})`, async () => {
    const registry = everything();
    const settings = { platforms, referrers: {} };
    const prompt = lateDriver(registry.driver());
    const expected = await scrapeTree(registry, 'app:*', { ...settings, driver: prompt });
    assert.deepEqual(expected.report.errors, []);
    assert.equal(expected.report.images.length, 2);
    assert.ok(prompt.asked.size > 40);
    for (const path of prompt.asked) {
      const driver = lateDriver(registry.driver(), path);
      const { report, listing } = await scrapeTree(registry, 'app:*', { ...settings, driver });
      assert.deepEqual(listing, expected.listing, path);
      assert.deepEqual(report, expected.report, path);
    }
  });
