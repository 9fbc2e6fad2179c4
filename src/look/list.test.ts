import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError, ScraperError } from '../errors.ts';
import { parseExclusion } from '../select/exclude.ts';
import { tagFilter } from '../select/filters.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { pathFor } from '../registry/layout.ts';
import { listed, type Listed, type Readable } from '../testing/look.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import { sharingImages } from '../testing/sharing-images.ts';
import { nameOf } from './details.ts';

const namesOf = ({ entries }: Listed): readonly string[] => entries.map(nameOf);
const summary = { digest: true, pushed: true, summary: true };

function severalRepositories(): RegistryBuilder {
  const registry = buildRegistry();
  for (const name of ['web', 'team/app', 'team/web'])
    for (const tag of ['2', '10']) registry.repository(name).image({ tag, layers: [10] });
  return registry;
}

/** A registry of which some places cannot be read, and that keeps count of what is read. */
function watched(registry: RegistryBuilder, denied: (path: string) => boolean = () => false) {
  const reads: string[] = [];
  const driver = registry.driver();
  const check = (path: string): void => {
    if (denied(path)) throw new ScraperError('ACCESS_DENIED', `may not read ${path}`, { path });
  };
  const readable: Readable & { reads: string[] } = {
    reads,
    driver: (): StorageDriver => ({
      ...driver,
      read: (path, limit) => (check(path), reads.push(path), driver.read(path, limit)),
      stat: path => (check(path), reads.push(path), driver.stat(path)),
      async *list(path) {
        check(path);
        yield* driver.list(path);
      },
    }),
  };
  return readable;
}

test('everything, by repository and tag', async () => {
  const result = await listed(severalRepositories());
  assert.deepEqual(namesOf(result), [
    'team/app:2',
    'team/app:10',
    'team/web:2',
    'team/web:10',
    'web:2',
    'web:10',
  ]);
  assert.deepEqual([result.errors, result.warnings], [[], []]);
});

test('names are listed without reading or looking up a single file', async () => {
  const registry = watched(severalRepositories());
  assert.equal((await listed(registry)).entries.length, 6);
  assert.equal((await listed(registry, ['team/'])).entries.length, 4);
  assert.deepEqual(registry.reads, []);
});

test('digests are found out without reading a manifest', async () => {
  const registry = watched(severalRepositories());
  const { entries } = await listed(registry, [], {
    details: { digest: true, pushed: false, summary: false },
  });
  assert.ok(entries.every(({ digest }) => digest?.startsWith('sha256:')));
  assert.ok(
    registry.reads.every(path => path.endsWith('/current/link')),
    registry.reads.join('\n'),
  );
});

test('a summary, a digest and a date come with the names', async () => {
  const { registry, first } = sharingImages();
  const { entries } = await listed(registry, ['team/app:1'], { details: summary });
  const [entry] = entries;
  assert.equal(entry?.digest, first.digest);
  assert.equal(entry.summary?.kind, 'image');
  assert.equal(typeof entry.pushed, 'number');
});

test('a manifest that many tags point to is read once', async () => {
  const { registry, app, index } = sharingImages();
  for (let tag = 10; tag < 30; tag += 1) app.tag(String(tag), index);
  const counting = watched(registry);
  await listed(counting, [], { details: summary });
  const path = pathFor({ kind: 'blob', digest: index.stored });
  assert.equal(counting.reads.filter(read => read === path).length, 1);
});

test('patterns list all tags of what they match, unless they name one', async () => {
  const registry = severalRepositories();
  assert.deepEqual(namesOf(await listed(registry, ['team/app'])), ['team/app:2', 'team/app:10']);
  assert.deepEqual(namesOf(await listed(registry, ['web:10', '**/web:2'])), [
    'team/web:2',
    'web:2',
    'web:10',
  ]);
});

test('a reference with a digest is listed by it', async () => {
  const { registry, first } = sharingImages();
  const reference = `team/app@${first.digest}`;
  assert.deepEqual(namesOf(await listed(registry, [reference])), [reference]);
  const { entries } = await listed(registry, [`team/app:1@${first.digest}`], { details: summary });
  assert.deepEqual([entries[0]?.tag, entries[0]?.exact, entries[0]?.summary?.kind], ['1', true, 'image']);
});

test('a pattern that finds nothing is an error with a hint, and the rest is listed', async () => {
  const registry = severalRepositories();
  const patterns = [
    'web',
    'nosuch/**',
    'team/ap',
    'team',
    'web:3',
    'team/*:9*',
    'x/y@sha256:0',
    'web@sha256:' + '0'.repeat(64),
  ];
  const { entries, errors } = await listed(registry, patterns);
  assert.equal(entries.length, 2);
  assert.deepEqual(errors.map(({ code, details }) => [code, details.reference]).sort(), [
    ['DIGEST_INVALID', 'x/y@sha256:0'],
    ['MANIFEST_UNKNOWN', 'web@sha256:' + '0'.repeat(64)],
    ['NAME_UNKNOWN', 'nosuch/**'],
    ['NAME_UNKNOWN', 'team'],
    ['NAME_UNKNOWN', 'team/ap'],
    ['TAG_UNKNOWN', 'team/*:9*'],
    ['TAG_UNKNOWN', 'web:3'],
  ]);
  const hintOf = (reference: string) =>
    errors.find(({ details }) => details.reference === reference)?.details.hint;
  assert.equal(hintOf('team'), 'repositories below it: ls team/');
  assert.equal(hintOf('team/ap'), 'did you mean team/app?');
  assert.match(hintOf('web:3') ?? '', /^(near|newest) tags: /);
  assert.equal(hintOf('team/*:9*'), "see their tags: registry-scraper ls 'team/*'");
});

test('a repository without tags is an error that says what it has', async () => {
  const registry = buildRegistry();
  const image = registry.repository('signed').image();
  registry.repository('signed').signature(image);
  registry.repository('untagged').image();
  const { errors } = await listed(registry, ['signed', 'untagged']);
  assert.deepEqual(
    errors.map(({ message, details }) => [message, details.hint]),
    [
      ['no tags in signed', '--all lists digest tags too: there are 1'],
      ['no tags in untagged', '--untagged lists revisions without a tag'],
    ],
  );
});

test('filters that leave nothing are an error that says so', async () => {
  const exclude = [parseExclusion('team/app')];
  const { entries, errors } = await listed(severalRepositories(), ['team/app'], { exclude });
  assert.deepEqual(
    [entries, errors.map(({ message }) => message)],
    [[], ['no tags in team/app that the filters let through']],
  );
});

test('an exclusion that takes nothing away is a warning', async () => {
  const exclude = [parseExclusion('team/**'), parseExclusion('nosuch')];
  const { entries, warnings } = await listed(severalRepositories(), [], { exclude });
  assert.equal(entries.length, 2);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['EXCLUDE_UNUSED'],
  );
});

test('damage stands at its entry and stops nothing', async () => {
  const registry = buildRegistry();
  const bad = registry.repository('bad');
  registry.flipBit(bad.image({ tag: 'flipped' }));
  bad.ghostTag('ghost');
  bad.image({ tag: 'junk' });
  registry.replace(bad.tagLink('junk'), 'junk');
  registry.remove(bad.image({ tag: 'lost' }));
  const orphaned = bad.image({ tag: 'orphaned' });
  registry.remove(bad.revisionLink(orphaned));
  bad.image({ tag: 'sound' });
  const { entries, errors } = await listed(registry, [], { details: summary });
  assert.deepEqual(
    entries.map(({ tag, error }) => [tag, error?.code, error?.reference]),
    [
      ['flipped', 'DIGEST_MISMATCH', 'bad:flipped'],
      ['ghost', 'TAG_UNKNOWN', 'bad:ghost'],
      ['junk', 'LINK_INVALID', 'bad:junk'],
      ['lost', 'BLOB_UNKNOWN', 'bad:lost'],
      ['orphaned', 'MANIFEST_UNKNOWN', 'bad:orphaned'],
      ['sound', undefined, undefined],
    ],
  );
  assert.deepEqual(errors, []);
});

test('a directory that cannot be read is an error, and what is beside it is listed', async () => {
  const tags = pathFor({ kind: 'tags', repository: 'team/app' });
  const inside = await listed(watched(severalRepositories(), path => path === tags));
  assert.deepEqual(namesOf(inside), ['team/web:2', 'team/web:10', 'web:2', 'web:10']);
  assert.deepEqual(
    inside.errors.map(({ code, details }) => [code, details.reference]),
    [['ACCESS_DENIED', 'team/app']],
  );
  const team = pathFor({ kind: 'repository', repository: 'team' });
  const outside = await listed(watched(severalRepositories(), path => path === team));
  assert.deepEqual(namesOf(outside), ['web:2', 'web:10']);
  assert.deepEqual(
    outside.errors.map(({ code }) => code),
    ['ACCESS_DENIED'],
  );
});

test('revisions without a tag are listed by digest, instead of tags', async () => {
  const { registry, app } = sharingImages();
  const alone = app.image();
  const result = await listed(registry, ['team/app'], { untagged: true, details: summary });
  assert.deepEqual(namesOf(result), [`team/app@${alone.digest}`]);
  assert.deepEqual(result.entries[0]?.partOf, []);
  assert.equal(result.entries[0].summary?.kind, 'image');
});

test('that there are no revisions without a tag is no error', async () => {
  const { registry } = sharingImages();
  assert.deepEqual(await listed(registry, ['team/app'], { untagged: true }), {
    entries: [],
    errors: [],
    warnings: [],
    hidden: 0,
  });
});

test('an empty registry lists as nothing', async () => {
  assert.deepEqual((await listed(buildRegistry())).entries, []);
});

test('it stops when it is told to', async () => {
  const reason = new ScraperError('INTERRUPTED', 'interrupted');
  await assert.rejects(listed(severalRepositories(), [], { signal: AbortSignal.abort(reason) }), reason);
});

test('a host alone is not left out: that would list everything', async () => {
  const { entries, errors, warnings } = await listed(severalRepositories(), ['registry.example/']);
  assert.deepEqual([entries, warnings], [[], []]);
  assert.deepEqual(
    errors.map(({ code, message, details: { hint } }) => [code, message, hint]),
    [
      [
        'NAME_UNKNOWN',
        'no repository matches registry.example/',
        "no repository is named with host registry.example, and wildcards alone would take everything; if that is meant, leave the host out: '**'",
      ],
    ],
  );
});

test('an expression that would take for ever ends the listing instead of failing in each repository', async () => {
  const registry = severalRepositories();
  for (const name of ['web', 'team/app'])
    registry.repository(name).image({ tag: `${'a'.repeat(60)}_`, layers: [10] });
  const filter = tagFilter({ entries: [], exclude: [], prerelease: false, tagRegex: /(a+)+$/ });
  await assert.rejects(listed(registry, [], { filter }), error => isScraperError(error, 'USAGE'));
});

test('tags of many repositories go through the filters together, and the first do not wait for them', async () => {
  const registry = buildRegistry();
  for (let position = 0; position < 100; position += 1) {
    const repository = registry.repository(`app-${String(position)}`);
    const image = repository.image({ layers: [10] });
    for (const tag of ['1', '2', '3']) repository.tag(tag, image);
  }
  const asked: number[] = [];
  const filter = {
    reasons: ['not 2'],
    refuse: (tags: readonly string[]) => {
      asked.push(tags.length);
      return new Map([['2', 'regex'] as const]);
    },
  };
  const { entries, errors } = await listed(registry, [], { filter });
  assert.deepEqual([entries.length, entries.some(({ tag }) => tag === '2'), errors], [200, false, []]);
  assert.equal(asked[0], 3);
  assert.ok(asked.length < 12, String(asked.length));
  const asFewAsThere = await listed(registry, ['app-7']);
  assert.deepEqual(namesOf(asFewAsThere), ['app-7:1', 'app-7:2', 'app-7:3']);
});

test('a repository that cannot be listed fails once, and not for having no tags besides', async () => {
  const registry = buildRegistry();
  for (const name of ['a', 'b']) {
    const image = registry.repository(name).image({ layers: [10] });
    for (const tag of ['1', '2', ...(name === 'a' ? ['latest'] : [])])
      registry.repository(name).tag(tag, image);
  }
  const newest = await listed(registry, ['a', 'b'], { newest: { count: 1 } });
  assert.deepEqual(namesOf(newest), ['b:2']);
  assert.deepEqual(
    newest.errors.map(({ code, message }) => [code, message.split(':')[0]]),
    [['USAGE', '--newest cannot tell which tags of a are newer']],
  );
  registry.replace(pathFor({ kind: 'tags', repository: 'b' }), { symlink: '/' });
  const unreadable = await listed(registry, ['a:1', 'b:*']);
  assert.deepEqual(namesOf(unreadable), ['a:1']);
  assert.deepEqual(
    unreadable.errors.map(({ code }) => code),
    ['OUTSIDE_ROOT'],
  );
});
