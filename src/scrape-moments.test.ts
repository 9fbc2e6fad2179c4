import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from './errors.ts';
import { parsePlatform, type Platform } from './oci/platform.ts';
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

interface Attended {
  /** All that is asked about. */
  readonly asked: ReadonlySet<string>;
  readonly whole: Scraped;
  scrape(onAsk: (path: string) => Promise<void> | undefined, signal?: AbortSignal): Promise<Scraped>;
}

async function attended(platforms: readonly Platform[]): Promise<Attended> {
  const registry = everything();
  const scrape: Attended['scrape'] = (onAsk, signal) => {
    const driver = attendedDriver(registry.driver(), onAsk);
    return scrapeTree(registry, 'app:*', { platforms, referrers: {}, driver, ...(signal && { signal }) });
  };
  const asked = new Set<string>();
  const whole = await scrape(path => void asked.add(path));
  assert.deepEqual([whole.report.errors, whole.report.images.length], [[], 2]);
  assert.ok(asked.size > 40);
  return { asked, whole, scrape };
}

const one = [parsePlatform('linux/amd64')];

for (const [what, platforms] of Object.entries({ all: [], 'one platform': one }))
  test(`whichever answer of the storage comes late, the same is shipped (${what})`, async () => {
    const { asked, whole, scrape } = await attended(platforms);
    for (const late of asked) {
      const later = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
      const { report, listing } = await scrape(path => (path === late ? later() : undefined));
      assert.deepEqual(listing, whole.listing, late);
      assert.deepEqual(report, whole.report, late);
    }
  });

for (const [when, times] of Object.entries({ once: 1, ever: Infinity }))
  test(`what cannot be read is an error or makes no difference (${when})`, async () => {
    for (const platforms of [one, []]) {
      const { asked, whole, scrape } = await attended(platforms);
      for (const broken of asked) {
        let left = times;
        const { report, listing } = await scrape(path => {
          if (path !== broken || left === 0) return undefined;
          left -= 1;
          throw new ScraperError('IO_ERROR', `reading ${path}`, { path });
        });
        const [error] = report.errors;
        if (error) assert.deepEqual([error.code, error.path], ['IO_ERROR', broken]);
        else assert.deepEqual([listing, report], [whole.listing, whole.report], broken);
      }
    }
  });

test('a defect is never taken for something that is wrong with the registry', async () => {
  const { asked, scrape } = await attended(one);
  for (const last of asked) {
    const defect = new TypeError('not a function');
    const work = scrape(path => {
      if (path === last) throw defect;
      return undefined;
    });
    await assert.rejects(work, error => error === defect, last);
  }
});

test('whenever it is told to stop, that alone is what it says', async () => {
  const { asked, scrape } = await attended(one);
  for (const last of asked) {
    const stop = new AbortController();
    const reason = new ScraperError('TERMINATED', 'terminated');
    const { report } = await scrape(path => {
      if (path === last) stop.abort(reason);
      return undefined;
    }, stop.signal);
    const said = report.errors.map(({ code, message }) => [code, message]);
    assert.deepEqual([said, report.ok], [[['TERMINATED', 'terminated']], false], last);
  }
});

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
