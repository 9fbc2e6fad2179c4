import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError, type Warning } from '../errors.ts';
import { registrySource } from '../registry/source.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import { referrerFinder, type ReferrerFinder } from './referrers.ts';

function finderIn(
  registry: RegistryBuilder,
  { signal = new AbortController().signal, onScan }: { signal?: AbortSignal; onScan?: () => void } = {},
): { readonly finder: ReferrerFinder; readonly warnings: readonly Warning[] } {
  const warnings: Warning[] = [];
  const warn = (warning: Warning): void => void warnings.push(warning);
  const source = registrySource(registry.driver(), warn);
  return { finder: referrerFinder({ source, signal, warn, ...(onScan && { onScan }) }), warnings };
}

test('told to stop, it reads no further', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image();
  for (let count = 0; count < 40; count += 1) app.artifact({ subject: image });
  const stop = new AbortController();
  const reason = new ScraperError('INTERRUPTED', 'interrupted');
  const onScan = (): void => stop.abort(reason);
  const { finder } = finderIn(registry, { signal: stop.signal, onScan });
  await assert.rejects(finder.of('app', image.digest), error => error === reason);
  assert.equal(finder.scanned(), 1);
});

test('what is passed over is named with its path', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image();
  const damaged = app.artifact({ subject: image });
  registry.flipBit(damaged);
  const { finder, warnings } = finderIn(registry);
  assert.deepEqual(await finder.of('app', image.digest), []);
  assert.deepEqual(
    warnings.map(({ code, digest, path }) => [code, digest, path]),
    [['REFERRER_UNREADABLE', damaged.digest, `memory:${registry.pathOf(damaged)}`]],
  );
});

test('what has no subject need be no manifest', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.manifest('{');
  const { finder, warnings } = finderIn(registry);
  assert.deepEqual(await finder.of('app', app.image().digest), []);
  assert.deepEqual(warnings, []);
});
