import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from './errors.ts';
import { parsePlatform } from './oci/platform.ts';
import { attendedDriver } from './testing/attended.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import { scrapeTree, type Scraped } from './testing/scrape.ts';

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

for (const [what, platforms] of Object.entries({ all: [], 'one platform': [parsePlatform('linux/amd64')] })) {
  const registry = everything();
  const scrapeAttended = (
    onAsk: (path: string) => Promise<void> | undefined,
    signal?: AbortSignal,
  ): Promise<Scraped> => {
    const driver = attendedDriver(registry.driver(), onAsk);
    return scrapeTree(registry, 'app:*', { platforms, referrers: {}, driver, ...(signal && { signal }) });
  };
  const scrapeAll = async (): Promise<{ readonly asked: ReadonlySet<string>; readonly whole: Scraped }> => {
    const asked = new Set<string>();
    const whole = await scrapeAttended(path => void asked.add(path));
    assert.deepEqual([whole.report.errors, whole.report.images.length], [[], 2]);
    assert.ok(asked.size > 40);
    return { asked, whole };
  };

  test(`whichever answer of the storage comes late, the same is shipped (${what})`, async () => {
    const { asked, whole } = await scrapeAll();
    for (const late of asked) {
      const later = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
      const { report, listing } = await scrapeAttended(path => (path === late ? later() : undefined));
      assert.deepEqual(listing, whole.listing, late);
      assert.deepEqual(report, whole.report, late);
    }
  });

  test(`whenever it is told to stop, that alone is what it says (${what})`, async () => {
    const { asked } = await scrapeAll();
    for (const last of asked) {
      const stop = new AbortController();
      const reason = new ScraperError('TERMINATED', 'terminated');
      const { report } = await scrapeAttended(path => {
        if (path === last) stop.abort(reason);
        return undefined;
      }, stop.signal);
      const said = report.errors.map(({ code, message }) => [code, message]);
      assert.deepEqual([said, report.ok], [[['TERMINATED', 'terminated']], false], last);
    }
  });
}

test('once it is told to stop it asks the storage nothing more', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const children = Array.from({ length: 50 }, () => app.image({ layers: [1] }));
  const index = registry.pathOf(app.index(children, { tag: '1' }));
  const stop = new AbortController();
  const later: string[] = [];
  const driver = attendedDriver(registry.driver(), path => {
    if (stop.signal.aborted && path !== index) later.push(path);
    if (path === index) stop.abort(new ScraperError('TERMINATED', 'terminated'));
    return undefined;
  });
  await scrapeTree(registry, 'app:1', { driver, signal: stop.signal });
  assert.deepEqual(later, []);
});
