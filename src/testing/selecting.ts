import { registrySource, type RegistrySource } from '../registry/source.ts';
import { suggester } from '../registry/suggest.ts';
import type { Failure, Warning } from '../errors.ts';
import { toFailure } from '../errors.ts';
import { select, type SelectOptions } from '../select/select.ts';
import type { Chosen, Selection, SelectionEntry } from '../select/selection.ts';
import { buildRegistry, type RegistryBuilder } from './registry.ts';

/** Tags of repositories, by name. All tags of a repository stand for one image. */
export type Shape = Readonly<Record<string, readonly string[]>>;

export function registryOf(shape: Shape): RegistryBuilder {
  const registry = buildRegistry();
  for (const [name, tags] of Object.entries(shape)) {
    const repository = registry.repository(name);
    const image = repository.image({ layers: [10] });
    for (const tag of tags) repository.tag(tag, image);
  }
  return registry;
}

export interface Selecting extends Partial<Omit<Selection, 'entries'>> {
  readonly entries: readonly (string | SelectionEntry)[];
  /** Instead of the registry's own methods. */
  readonly source?: Partial<RegistrySource>;
  readonly createdAt?: SelectOptions['createdAt'];
  readonly signal?: AbortSignal;
}

export interface SelectedInTest {
  readonly chosen: readonly Chosen[];
  readonly references: readonly string[];
  /** As plain data, with the text of the entry. */
  readonly failures: readonly (Failure & { readonly entry?: string })[];
  readonly warnings: readonly Warning[];
  /** What was looked up, as `method argument…`, in the order of the calls. */
  readonly calls: readonly string[];
}

/** Selects out of a registry in memory and writes down what was looked up for it. */
export async function selectFrom(
  registry: Shape | RegistryBuilder,
  { entries, source: instead, createdAt, signal, ...selection }: Selecting,
): Promise<SelectedInTest> {
  const warnings: Warning[] = [];
  const calls: string[] = [];
  const builder = isBuilder(registry) ? registry : registryOf(registry);
  const own = registrySource(builder.driver(), warning => void warnings.push(warning));
  const source = noting({ ...own, ...instead }, calls);
  const { chosen, failures } = await select({
    selection: {
      entries: entries.map(entry => (typeof entry === 'string' ? { text: entry } : entry)),
      exclude: [],
      prerelease: false,
      ...selection,
    },
    source,
    suggest: suggester(source),
    createdAt: createdAt ?? (() => Promise.reject(new Error('nobody asked for dates'))),
    signal: signal ?? new AbortController().signal,
    warn: warning => void warnings.push(warning),
  });
  return {
    chosen,
    references: chosen.map(({ reference }) => reference),
    failures: failures.map(({ entry, error }) => ({
      ...toFailure(error),
      ...(entry && { entry: entry.text }),
    })),
    warnings,
    calls,
  };
}

function isBuilder(registry: Shape | RegistryBuilder): registry is RegistryBuilder {
  return 'driver' in registry && typeof registry.driver === 'function';
}

function noting(source: RegistrySource, calls: string[]): RegistrySource {
  return {
    ...source,
    hasRepository: repository => {
      calls.push(`hasRepository ${repository}`);
      return source.hasRepository(repository);
    },
    repositories: under => {
      calls.push(`repositories ${under ?? '(all)'}`);
      return source.repositories(under);
    },
    tags: repository => {
      calls.push(`tags ${repository}`);
      return source.tags(repository);
    },
    taggedAt: (repository, tag) => {
      calls.push(`taggedAt ${repository}:${tag}`);
      return source.taggedAt(repository, tag);
    },
    tagTarget: (repository, tag) => {
      calls.push(`tagTarget ${repository}:${tag}`);
      return source.tagTarget(repository, tag);
    },
    readBlob: digest => {
      calls.push(`readBlob ${digest}`);
      return source.readBlob(digest);
    },
  };
}
