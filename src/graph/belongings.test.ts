import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import { registrySource } from '../registry/source.ts';
import { attendedDriver } from '../testing/attended.ts';
import { buildRegistry } from '../testing/registry.ts';
import { walkWithBelongings } from './belongings.ts';
import { manifestLoader } from './load.ts';
import { referrerFinder } from './referrers.ts';
import type { WalkResult } from './walk.ts';

test('ends with the reason for which it was told to stop, at whatever it was just then', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  app.artifact({ subject: app.signature(image) });
  const reason = new ScraperError('INTERRUPTED', 'interrupted');
  const walkUntil = (last: string | undefined, asked = new Set<string>()): Promise<WalkResult> => {
    const stop = new AbortController();
    const driver = attendedDriver(registry.driver(), path => {
      asked.add(path);
      if (path === last) stop.abort(reason);
      return undefined;
    });
    const warn = (): void => undefined;
    const { signal } = stop;
    const source = registrySource(driver, warn);
    return walkWithBelongings(
      { requested: 'app:1', repository: 'app', tag: '1', digest: image.digest },
      {
        ...{ source, signal, warn, load: manifestLoader(source) },
        referrers: { finder: referrerFinder({ source, signal, warn }) },
      },
    );
  };
  const asked = new Set<string>();
  assert.ok('graph' in (await walkUntil(undefined, asked)));
  let stopped = 0;
  for (const last of asked) {
    const result = await walkUntil(last).catch((error: unknown) => error);
    // it may be over before it notices
    if (result === reason) stopped += 1;
    else assert.ok(typeof result === 'object' && result !== null && 'graph' in result, last);
  }
  assert.ok(stopped > asked.size / 2);
});
