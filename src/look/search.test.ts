import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScraperError, Warning } from '../errors.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import { sourceOf } from '../testing/look.ts';
import { searchRepositories } from './search.ts';
import { parseTarget } from './target.ts';

const names = ['app', 'library/app', 'team/app', 'team/app/sub', 'team/web', 'team-b/app'];

function registryOf(...repositories: string[]): RegistryBuilder {
  const registry = buildRegistry();
  for (const name of repositories) registry.repository(name).image({ tag: '1', layers: [10] });
  return registry;
}

async function search(registry: RegistryBuilder, ...patterns: string[]) {
  const warnings: Warning[] = [];
  const failures: ScraperError[] = [];
  const targets = patterns.map(parseTarget).filter(target => target.kind === 'pattern');
  const found = await Array.fromAsync(
    searchRepositories(
      {
        source: sourceOf(registry),
        signal: new AbortController().signal,
        warn: warning => warnings.push(warning),
        fail: failure => failures.push(failure),
      },
      targets,
    ),
  );
  return {
    repositories: found.map(({ repository }) => repository),
    meant: found.map(({ targets: meant }) => meant.map(({ text }) => text)),
    warnings,
    failures,
  };
}

test('repositories come in the order of their names, whatever the order of the patterns', async () => {
  const { repositories } = await search(registryOf(...names), 'team/web', '**/app', 'app');
  assert.deepEqual(repositories, ['app', 'library/app', 'team/app', 'team/web', 'team-b/app']);
});

test('a repository that several patterns mean comes once, and knows which', async () => {
  const { repositories, meant } = await search(registryOf(...names), 'team/*', 'team/app', 'team/a*');
  assert.deepEqual(repositories, ['team/app', 'team/web']);
  assert.deepEqual(meant, [['team/*', 'team/app', 'team/a*'], ['team/*']]);
});

test('a star stays within a component and two cross them', async () => {
  const registry = registryOf(...names);
  assert.deepEqual((await search(registry, '*')).repositories, ['app']);
  assert.deepEqual((await search(registry, 'team/**')).repositories, [
    'team/app',
    'team/app/sub',
    'team/web',
  ]);
  assert.deepEqual((await search(registry, 'team/')).repositories, ['team/app', 'team/app/sub', 'team/web']);
  assert.deepEqual((await search(registry, '**')).repositories.length, names.length);
});

test('a host is left out where no repository is named with it, and that is said', async () => {
  const { repositories, warnings } = await search(registryOf(...names), 'registry.example:5000/team/app');
  assert.deepEqual(repositories, ['team/app']);
  assert.deepEqual(
    warnings.map(({ code, reference }) => [code, reference]),
    [['HOST_IGNORED', 'registry.example:5000/team/app']],
  );
  const globbed = await search(registryOf(...names), 'docker.io/library/*');
  assert.deepEqual([globbed.repositories, globbed.warnings.length], [['library/app'], 1]);
});

test('a repository named with its host is the one that is meant', async () => {
  const registry = registryOf('docker.io/library/app', 'library/app');
  const { repositories, warnings } = await search(registry, 'docker.io/library/*');
  assert.deepEqual([repositories, warnings], [['docker.io/library/app'], []]);
});

test('what is not there is not found, and no failure either', async () => {
  const { repositories, failures } = await search(
    registryOf(...names),
    'nosuch',
    'nosuch/**',
    'x.example/nosuch',
  );
  assert.deepEqual([repositories, failures], [[], []]);
});
