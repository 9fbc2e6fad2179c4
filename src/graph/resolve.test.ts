import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError, type ScraperError } from '../errors.ts';
import { registrySource } from '../registry/source.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import { resolveReference } from './resolve.ts';

function registryOf(...names: readonly string[]): RegistryBuilder {
  const registry = buildRegistry();
  for (const name of names) registry.repository(name).image({ tag: '1', layers: [1] });
  return registry;
}

/** The repository that a reference leads to, or what is wrong with it. */
async function resolved(
  registry: RegistryBuilder,
  text: string,
  library?: boolean,
): Promise<string | ScraperError> {
  const source = registrySource(registry.driver(), () => undefined);
  try {
    const options = library === undefined ? {} : { library };
    return (await resolveReference(source, text, () => undefined, options)).repository;
  } catch (error) {
    assert.ok(isScraperError(error, 'NAME_UNKNOWN', 'TAG_UNKNOWN'));
    return error;
  }
}

test('below library/ a name of one component is looked up too, where that is meant, and after itself', async () => {
  const registry = registryOf('library/app', 'library/own', 'own', 'library/team/app', 'library/docker.io/x');
  assert.equal(await resolved(registry, 'app:1', true), 'library/app');
  assert.equal(await resolved(registry, 'docker.io/app:1', true), 'library/app');
  assert.equal(await resolved(registry, 'own:1', true), 'own');
  for (const [text, library] of [
    ['app:1'],
    ['app:1', false],
    ['team/app:1', true],
    ['docker.io/x:1', true],
  ] as const)
    assert.ok(isScraperError(await resolved(registry, text, library)), text);
});

test('of a reference with a host, names like the one behind it are suggested', async () => {
  for (const host of ['registry.example.com', 'registry.example.com:5000']) {
    const found = await resolved(registryOf('team/app', 'team/other'), `${host}/team/ap:1`);
    assert.ok(isScraperError(found));
    assert.equal(found.details.hint, 'did you mean team/app?', host);
  }
});

test('where no name is like it, how many there are is told', async () => {
  for (const [names, hint] of [
    [['one'], 'the registry holds 1 other repository, none with a similar name'],
    [['one', 'two'], 'the registry holds 2 other repositories, none with a similar name'],
  ] as const) {
    const found = await resolved(registryOf(...names), 'something/else:1');
    assert.ok(isScraperError(found));
    assert.equal(found.details.hint, hint);
  }
});

test('where no tag that is whole is like it, how many there are is told', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.image();
  for (const said of ['1 other tag', '2 other tags']) {
    app.ghostTag(said.replaceAll(' ', '-'));
    const found = await resolved(registry, 'app:anything');
    assert.ok(isScraperError(found, 'TAG_UNKNOWN'));
    assert.equal(found.details.hint, `app has ${said}, none similar`);
  }
});
