import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor, ScraperError, type ErrorCode } from './errors.ts';
import { testBadInput } from './testing/bad-input.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import { scrapeTree } from './testing/scrape.ts';

const hex = 'a'.repeat(64);
const long = (length: number): string => `team/${'a'.repeat(length - 5)}`;

const malformed: readonly (readonly [string, ErrorCode, RegExp])[] = [
  ['', 'REFERENCE_INVALID', /empty/],
  ['team/../app', 'NAME_INVALID', /"\.\."/],
  ['../app', 'NAME_INVALID', /"\.\."/],
  ['..', 'NAME_INVALID', /"\.\."/],
  ['.', 'NAME_INVALID', /"\."/],
  ['team/App', 'NAME_INVALID', /did you mean "team\/app"\?/],
  ['team//app', 'NAME_INVALID', /empty/],
  ['/team/app', 'NAME_INVALID', /empty/],
  ['team/app/', 'NAME_INVALID', /empty/],
  ['//', 'NAME_INVALID', /empty/],
  ['-app', 'NAME_INVALID', /"-app"/],
  ['team/-app', 'NAME_INVALID', /"-app"/],
  ['team/app_', 'NAME_INVALID', /"app_"/],
  ['team/a..b', 'NAME_INVALID', /"a\.\.b"/],
  ['team/_manifests', 'NAME_INVALID', /"_manifests"/],
  ['team/app\n', 'NAME_INVALID', /"app\\n"/],
  ['team/app\0', 'NAME_INVALID', /"app\\u0000"/],
  ['team/äpp', 'NAME_INVALID', /"äpp"/],
  ['https://example.com/team/app:1', 'NAME_INVALID', /https/],
  [':1.0', 'NAME_INVALID', /missing/],
  ['example.com/', 'NAME_INVALID', /missing|empty/],
  [long(256), 'NAME_INVALID', /256 characters, at most 255/],
  [long(300), 'NAME_INVALID', /300 characters, at most 255/],
  ['team/app:', 'TAG_INVALID', /nothing stands after the colon/],
  ['team/app:-1', 'TAG_INVALID', /"-1"/],
  ['team/app:.1', 'TAG_INVALID', /"\.1"/],
  ['team/app:a b', 'TAG_INVALID', /"a b"/],
  ['team/app:1:2', 'TAG_INVALID', /"1:2"/],
  ['team/app:..', 'TAG_INVALID', /"\.\."/],
  [`team/app:${'x'.repeat(129)}`, 'TAG_INVALID', /129 characters, at most 128/],
  ['team/app@', 'DIGEST_INVALID', /algorithm:hex/],
  ['team/app@sha256', 'DIGEST_INVALID', /algorithm:hex/],
  ['team/app@sha256:abc', 'DIGEST_INVALID', /64 lower-case hex digits/],
  [`team/app@sha256:${hex.toUpperCase()}`, 'DIGEST_INVALID', /64 lower-case hex digits/],
  [`team/app@sha256:${hex}a`, 'DIGEST_INVALID', /64 lower-case hex digits/],
  [`team/app@sha512:${hex}`, 'DIGEST_INVALID', /128 lower-case hex digits/],
  [`team/app@md5:${hex.slice(32)}`, 'DIGEST_INVALID', /one of the algorithms sha256/],
  [`team/app@sha256:${hex}@sha256:${hex}`, 'DIGEST_INVALID', /64 lower-case hex digits/],
  [`team/app@sha256:${hex}:1.0`, 'DIGEST_INVALID', /64 lower-case hex digits/],
];

for (const [reference, code, says] of malformed) {
  testBadInput(`a malformed reference ${JSON.stringify(reference.slice(0, 40))}`, {
    make: ({ app }) => void app.image({ tag: '1.0' }),
    reference,
    code,
    exitCode: 2,
    says: [/is not a valid reference/, says],
  });
}

testBadInput('a repository that nobody pushed', {
  make: ({ app }) => (app.image({ tag: '1.0' }), 'docker/registry/v2/repositories/team/ap'),
  reference: 'team/ap:1.0',
  code: 'NAME_UNKNOWN',
  exitCode: 3,
  says: [/no repository team\/ap in the registry/],
});

testBadInput('a directory that only holds repositories', {
  make: ({ app }) => void app.image({ tag: '1.0' }),
  reference: 'team',
  code: 'NAME_UNKNOWN',
  exitCode: 3,
  says: [/no repository team in the registry/],
});

testBadInput('a repository that is there neither with nor without what looks like a host', {
  make: () => undefined,
  reference: 'example.com:5000/team/app:1.0',
  code: 'NAME_UNKNOWN',
  exitCode: 3,
  says: [/no repository team\/app in the registry/],
});

testBadInput('a tag that nobody pushed', {
  make: ({ app }) => (app.image({ tag: '1.1' }), app.tagLink('1.0')),
  code: 'TAG_UNKNOWN',
  exitCode: 3,
  says: [/team\/app has no tag 1\.0/],
});

testBadInput('a tag without its current link', {
  make: ({ app }) => (app.image({ tag: '1.1' }), app.ghostTag('1.0'), app.tagLink('1.0')),
  code: 'TAG_UNKNOWN',
  exitCode: 3,
  says: [/tag 1\.0 of team\/app has no current link/, /deleted|never finished/],
});

testBadInput('a tag whose manifest was deleted', {
  make: ({ app }) => app.deleteManifest(app.image({ tag: '1.0' })),
  code: 'TAG_UNKNOWN',
  exitCode: 3,
  says: [/team\/app has no tag 1\.0/],
});

testBadInput('a digest that nobody pushed', {
  make: ({ app }) => void app.image({ tag: '1.0' }),
  reference: `team/app@sha256:${hex}`,
  code: 'MANIFEST_UNKNOWN',
  exitCode: 3,
  says: [/team\/app has no manifest sha256:aaaa/],
});

test('a digest of another repository is none of this one', async () => {
  const registry = buildRegistry();
  const { digest } = registry.repository('one').image({ tag: '1' });
  registry.repository('two').image({ tag: '1' });
  const { report, listing } = await scrapeTree(registry, `two@${digest}`);
  assert.equal(report.errors[0]?.code, 'MANIFEST_UNKNOWN');
  assert.equal(listing.size, 0);
});

/** The hint that is given for a reference. */
async function hintFor(reference: string, make: (registry: RegistryBuilder) => void): Promise<string> {
  const registry = buildRegistry();
  make(registry);
  const { report } = await scrapeTree(registry, reference);
  assert.equal(exitCodeFor(report.errors), 3, JSON.stringify(report.errors));
  return report.errors[0]?.hint ?? '';
}

test('an empty registry is said to be empty', async () => {
  for (const path of ['docker/registry/v2', 'docker/registry/v2/repositories']) {
    const hint = await hintFor('app', registry => registry.tree.set(path, 'directory'));
    assert.match(hint, /the registry is empty/);
  }
});

test('names that resemble an unknown repository are suggested, and else how many there are', async () => {
  const make = ({ repository }: RegistryBuilder): void => {
    for (const name of ['team/app', 'team/web', 'library/busybox']) repository(name).image({ tag: '1' });
  };
  assert.match(await hintFor('team/ap', make), /did you mean team\/app/);
  assert.match(await hintFor('busybox', make), /did you mean library\/busybox\?/);
  assert.match(await hintFor('docker.io/busybox:1', make), /did you mean library\/busybox\?/);
  assert.match(await hintFor('something/else', make), /holds 3 other repositories/);
});

test('tags that resemble an unknown one are suggested, else the newest, never one that is not whole', async () => {
  const make = ({ repository }: RegistryBuilder): void => {
    const app = repository('app');
    for (const tag of ['1.0', '1.1', 'stable']) app.image({ tag });
    app.ghostTag('1.3');
  };
  assert.equal(await hintFor('app:1.2', make), 'near tags: 1.0, 1.1');
  assert.equal(await hintFor('app:nightly-build', make), 'newest tags: 1.0, 1.1, stable');
  assert.match(
    await hintFor('app:1', registry => registry.repository('app').image()),
    /no tags; ship it by digest/,
  );
  const many = (registry: RegistryBuilder): void => {
    const app = registry.repository('app');
    const image = app.image();
    for (let number = 0; number <= 2000; number += 1) app.tag(`build-${String(number)}`, image);
  };
  assert.match(await hintFor('app:x', many), /2001 other tags, none similar/);
});

test('what is wrong with another tag or repository does not change what is said of this one', async () => {
  for (const damage of ['fifo', { symlink: '/etc/passwd' }, 'directory'] as const) {
    const hint = await hintFor('app:x', registry => {
      const app = registry.repository('app');
      app.image({ tag: 'sound-one' });
      app.image({ tag: 'broken-one' });
      registry.replace(app.tagLink('broken-one'), damage);
      registry.tree.set(registry.repository('other').directory, { symlink: '/etc' });
    });
    assert.match(hint, /newest tags: .*sound-one/);
  }
});

test('a part of the registry that cannot be listed is mentioned, and does not hide that a repository is missing', async () => {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  app.image({ tag: '1' });
  const driver = registry.driver();
  const list: typeof driver.list = path => {
    if (path.endsWith('/team')) throw new ScraperError('ACCESS_DENIED', `cannot read ${path}`);
    return driver.list(path);
  };
  const { report } = await scrapeTree(registry, 'other/thing', { driver: { ...driver, list } });
  assert.deepEqual([report.errors[0]?.code, exitCodeFor(report.errors)], ['NAME_UNKNOWN', 3]);
  assert.match(report.errors[0]?.hint ?? '', /not every repository could be looked at: .*team/);
});

test('all that is wrong with several references is said at once, and nothing is written', async () => {
  const registry = buildRegistry();
  registry.repository('app').image({ tag: '1' });
  const references = ['app:1', 'app:2', 'apq:1', 'APP:1', `app@sha256:${hex}`];
  const { report, listing } = await scrapeTree(registry, references);
  assert.deepEqual(report.errors.map(({ code, reference }) => [reference, code]).sort(), [
    ['APP:1', 'NAME_INVALID'],
    ['app:2', 'TAG_UNKNOWN'],
    [`app@sha256:${hex}`, 'MANIFEST_UNKNOWN'],
    ['apq:1', 'NAME_UNKNOWN'],
  ]);
  assert.deepEqual([listing.size, exitCodeFor(report.errors)], [0, 2]);
  assert.deepEqual(
    report.images.map(({ requested, status }) => [requested, status]).sort(),
    references.map(requested => [requested, requested === 'app:1' ? 'planned' : 'failed']).sort(),
  );
});

test('a tree of GitLab’s with its metadata database is shipped with a warning', async () => {
  const registry = buildRegistry();
  registry.repository('app').image({ tag: '1' });
  registry.databaseInUse();
  const { report } = await scrapeTree(registry, 'app:1');
  assert.equal(report.ok, true);
  const [{ code, message = '', hint } = {}, ...others] = report.warnings;
  assert.deepEqual([code, others], ['DATABASE_IN_USE', []]);
  assert.ok(message.includes('database') && hint);
});

for (const below of ['_manifests', '_manifests/tags', '_manifests/revisions', '_layers']) {
  for (const reference of ['team/app:1.0', 'team/app:*', 'team/**:1.0', '**:*', 'team/*']) {
    test(`a file in place of ${below} is an error for ${reference}, and others can be had all the same`, async () => {
      const registry = buildRegistry();
      const app = registry.repository('team/app');
      app.image({ tag: '1.0' });
      app.image({ tag: 'latest' });
      registry.repository('team/good').image({ tag: '1.0' });
      const path = registry.replace(`${app.directory}/${below}`, 'a file');
      for (const keepGoing of [false, true]) {
        const references = [reference, 'team/good:1.0'];
        const { report, listing } = await scrapeTree(registry, references, { keepGoing });
        assert.ok(report.errors.length > 0);
        for (const error of report.errors)
          assert.deepEqual([error.code, error.path], ['NOT_A_FILE', registry.driver().describe(path)]);
        assert.equal(exitCodeFor(report.errors), 4);
        assert.equal(
          [...listing.keys()].some(name => name.includes('team/good/')),
          keepGoing,
        );
      }
    });
  }
}
