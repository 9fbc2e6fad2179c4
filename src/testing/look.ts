import type { ScraperError, Warning } from '../errors.ts';
import type { ListEntry } from '../look/entry.ts';
import { inspect, type Inspection } from '../look/inspect.ts';
import { list, type ListOptions } from '../look/list.ts';
import { parseTarget } from '../look/target.ts';
import { registrySource, type RegistrySource } from '../registry/source.ts';
import { tagFilter } from '../select/filters.ts';
import type { StorageDriver } from '../storage/driver.ts';

/** Anything that a registry's storage can be read from. */
export interface Readable {
  driver(): StorageDriver;
}

/** A registry as it is now, for tests that do not care for warnings. */
export function sourceOf(registry: Readable): RegistrySource {
  return registrySource(registry.driver(), () => undefined);
}

export interface Listed {
  readonly entries: readonly ListEntry[];
  readonly errors: readonly ScraperError[];
  readonly warnings: readonly Warning[];
  readonly hidden: number;
}

/** Lists names, or what `settings` ask for. */
export async function listed(
  registry: Readable,
  patterns: readonly string[] = [],
  settings: Partial<ListOptions> = {},
): Promise<Listed> {
  const errors: ScraperError[] = [];
  const warnings: Warning[] = [];
  let hidden = 0;
  const entries = await Array.fromAsync(
    list({
      source: registrySource(registry.driver(), warning => warnings.push(warning)),
      targets: patterns.map(parseTarget),
      all: false,
      untagged: false,
      details: { digest: false, pushed: false, summary: false },
      exclude: [],
      filter: tagFilter({ entries: [], exclude: [], prerelease: false }),
      newest: undefined,
      prerelease: false,
      signal: new AbortController().signal,
      warn: warning => warnings.push(warning),
      fail: error => errors.push(error),
      onHidden: count => (hidden += count),
      ...settings,
    }),
  );
  return { entries, errors, warnings, hidden };
}

/** Looks at one image. */
export async function inspected(
  registry: Readable,
  reference: string,
): Promise<Inspection & { readonly warnings: readonly Warning[] }> {
  const warnings: Warning[] = [];
  const warn = (warning: Warning): void => void warnings.push(warning);
  const source = registrySource(registry.driver(), warn);
  const inspection = await inspect(reference, { source, warn, signal: new AbortController().signal });
  return { ...inspection, warnings };
}
