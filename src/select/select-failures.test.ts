import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor, isScraperError, ScraperError, type ErrorCode } from '../errors.ts';
import { registryOf, selectFrom, type Selecting, type Shape } from '../testing/selecting.ts';

const hex = 'ab'.repeat(32);
const shape: Shape = {
  'team/app': ['1.0.0', '1.1.0', '2.0.0-rc.1', 'latest'],
  'team/api': ['1.0.0', 'stable'],
  'ops/eu/db': ['3.0.0'],
  'ops/log': [],
  signed: [`sha256-${hex}.sig`],
};

interface Failing extends Selecting {
  readonly code: ErrorCode;
  readonly exitCode: number;
  readonly says: RegExp;
  readonly hint: RegExp;
}

const failing: Readonly<Record<string, Failing>> = {
  'a path that is not there': {
    entries: ['tema/*:1.*'],
    ...{ code: 'NAME_UNKNOWN', exitCode: 3 },
    says: /^no repository in the registry matches tema\/\*$/,
    hint: /did you mean 'team\/\*:1\.\*'\?/,
  },
  'a repository that is not there': {
    entries: ['team/ap:*'],
    ...{ code: 'NAME_UNKNOWN', exitCode: 3 },
    says: /matches team\/ap$/,
    hint: /did you mean 'team\/api:\*', 'team\/app:\*'\?/,
  },
  'a wildcard that does not reach deep enough': {
    entries: ['ops/*/*/*'],
    ...{ code: 'NAME_UNKNOWN', exitCode: 3 },
    says: /matches ops/,
    hint: /below ops\/ there are ops\/eu\/db, ops\/log; "\*" stays within a component/,
  },
  'nothing below a repository': {
    entries: ['team/app/**:*'],
    ...{ code: 'NAME_UNKNOWN', exitCode: 3 },
    says: /matches team\/app\/\*\*/,
    hint: /team\/app is a repository itself .* team\/app:\*/,
  },
  'a name that resembles nothing': {
    entries: ['zzzzz-*:*'],
    ...{ code: 'NAME_UNKNOWN', exitCode: 3 },
    says: /matches zzzzz-\*/,
    hint: /holds 5 other repositories, none with a similar name/,
  },
  'a host and a name that is not there': {
    entries: ['docker.io/library/*:*'],
    ...{ code: 'NAME_UNKNOWN', exitCode: 3 },
    says: /matches docker\.io\/library\/\*/,
    hint: /./,
  },
  'a host that no repository is named with, and nothing but wildcards after it': {
    entries: ['docker.io/**:*'],
    ...{ code: 'NAME_UNKNOWN', exitCode: 3 },
    says: /^no repository in the registry matches docker\.io\/\*\*$/,
    hint: /^no repository is named with host docker\.io, and wildcards alone would take everything; if that is meant, leave the host out: '\*\*:\*'$/,
  },
  'a host with a port, and nothing but wildcards after it': {
    entries: ['localhost:5000/**:*'],
    ...{ code: 'REFERENCE_INVALID', exitCode: 2 },
    says: /if that is meant, leave the host out$/,
    hint: /NAME:TAG/,
  },
  'a tag that no repository has': {
    entries: ['team/*:9.*'],
    ...{ code: 'TAG_UNKNOWN', exitCode: 3 },
    says: /^none of the 2 repositories that team\/\*:9\.\* matches has a tag that matches 9\.\*$/,
    hint: /team\/api, team\/app/,
  },
  'a tag that one repository has not': {
    entries: ['team/app:9.*'],
    ...{ code: 'TAG_UNKNOWN', exitCode: 3 },
    says: /^repository team\/app has no tag that matches 9\.\*$/,
    hint: /newest tags: 1\.0\.0, 1\.1\.0/,
  },
  'no latest anywhere, which nobody wrote': {
    entries: ['ops/**'],
    ...{ code: 'TAG_UNKNOWN', exitCode: 3 },
    says: /none of the 2 repositories that ops\/\*\* matches has a tag latest/,
    hint: /write 'ops\/\*\*:\*'/,
  },
  'a repository without tags': {
    entries: ['ops/log:*'],
    ...{ code: 'TAG_UNKNOWN', exitCode: 3 },
    says: /repository ops\/log has no tag/,
    hint: /by digest: ops\/log@sha256/,
  },
  'a repository with nothing but signatures': {
    entries: ['signed:*'],
    ...{ code: 'TAG_UNKNOWN', exitCode: 3 },
    says: /repository signed has no tag/,
    hint: /signed:sha256-\*/,
  },
  'filters that leave nothing': {
    entries: ['team/*:*'],
    tagRegex: /^[0-9]/,
    semver: '>=2',
    exclude: ['team/app:1.1.0'],
    ...{ code: 'SELECTION_EMPTY', exitCode: 3 },
    says: /^nothing is left of the 6 images that team\/\*:\* matches: .*/,
    hint: /--prerelease/,
  },
  'nothing but prereleases': {
    entries: ['team/app:*'],
    semver: '2.x',
    ...{ code: 'SELECTION_EMPTY', exitCode: 3 },
    says: /2 outside --semver 2\.x, 1 prerelease, 1 without a version|1 prerelease/,
    hint: /add --prerelease/,
  },
  'a filter that no tag passes': {
    entries: ['team/*:*'],
    tagRegex: /^v/,
    ...{ code: 'SELECTION_EMPTY', exitCode: 3 },
    says: /matches: 6 not matching --tag-regex \^v$/,
    hint: /without these filters: registry-scraper ls 'team\/\*:\*'$/,
  },
  'latest, which is no version': {
    entries: ['team/**'],
    semver: '^1',
    ...{ code: 'SELECTION_EMPTY', exitCode: 3 },
    says: /nothing is left of the 1 image .*1 without a version/,
    hint: /write 'team\/\*\*:\*'/,
  },
  'tags of which none is a version to rank by': {
    entries: ['team/*:sta*'],
    newest: { count: 1, by: 'semver' },
    ...{ code: 'SELECTION_EMPTY', exitCode: 3 },
    says: /1 without a version/,
    hint: /./,
  },
  'exclusions that leave nothing': {
    entries: ['team/*:*', 'ops/eu/db:3.0.0'],
    exclude: ['**'],
    ...{ code: 'SELECTION_EMPTY', exitCode: 3 },
    says: /^nothing is left to ship: all of the 7 images that were asked for are excluded$/,
    hint: /exclusions: \*\*; .* registry-scraper ls$/,
  },
  'no entries': {
    entries: [],
    ...{ code: 'SELECTION_EMPTY', exitCode: 3 },
    says: /nothing was asked for/,
    hint: /team\/app:\*/,
  },
  'a malformed pattern': {
    entries: ['team**:*'],
    ...{ code: 'REFERENCE_INVALID', exitCode: 2 },
    says: /not a valid pattern/,
    hint: /NAME:TAG/,
  },
  'a malformed reference': {
    entries: ['Team/app'],
    ...{ code: 'NAME_INVALID', exitCode: 2 },
    says: /lower case/,
    hint: /./,
  },
};

for (const [name, { code, exitCode, says, hint, ...selecting }] of Object.entries(failing)) {
  test(`fails for ${name}: ${code}`, async () => {
    const { chosen, failures } = await selectFrom(shape, selecting);
    assert.deepEqual(chosen, []);
    assert.deepEqual(
      failures.map(failure => failure.code),
      [code],
      JSON.stringify(failures),
    );
    const [failure] = failures;
    assert.match(failure?.message ?? '', says);
    assert.match(failure?.hint ?? '', hint);
    assert.doesNotMatch(`${failure?.message ?? ''} ${failure?.hint ?? ''}`, /undefined|\[object|NaN/);
    assert.equal(exitCodeFor(failures), exitCode);
  });
}

test('counts what each filter takes away', async () => {
  const exclude = ['team/app:1.1.0'];
  const selecting = { entries: ['team/*:*'], exclude, tagRegex: /^[0-9]|latest/, semver: '>=2' };
  const { failures } = await selectFrom(shape, selecting);
  const message = failures[0]?.message ?? '';
  const parts = message.slice(message.indexOf('matches: ') + 9).split(', ');
  assert.deepEqual(parts.toSorted(), [
    '1 excluded by --exclude',
    '1 not matching --tag-regex ^[0-9]|latest',
    '1 prerelease',
    '1 without a version for a tag',
    '2 outside --semver >=2',
  ]);
});

test('fails for each pattern that comes to nothing, in their order, and keeps the rest', async () => {
  const entries = ['tema/*', 'team/app:1.0.0', 'team/*:7', 'ops/**:*', 'a b'];
  const { references, failures } = await selectFrom(shape, { entries });
  assert.deepEqual(references, ['team/app:1.0.0', 'ops/eu/db:3.0.0']);
  assert.deepEqual(
    failures.map(({ entry, code }) => [entry, code]),
    [
      ['tema/*', 'NAME_UNKNOWN'],
      ['team/*:7', 'TAG_UNKNOWN'],
      ['a b', 'NAME_INVALID'],
    ],
  );
});

test('an entry that is excluded whole, or outranked, is no failure while others are left', async () => {
  const excluded = await selectFrom(shape, { entries: ['team/*:*', 'ops/**:*'], exclude: ['team/**'] });
  assert.deepEqual([excluded.references, excluded.failures], [['ops/eu/db:3.0.0'], []]);
  const outranked = await selectFrom(shape, {
    entries: ['team/app:1.0*', 'team/app:1.1*'],
    newest: { count: 1 },
  });
  assert.deepEqual([outranked.references, outranked.failures], [['team/app:1.1.0'], []]);
});

test('throws what is wrong with the call as a whole before anything is looked up', async () => {
  const source = { repositories: () => assert.fail('listed'), hasRepository: () => assert.fail('looked up') };
  const calls: readonly [Partial<Selecting>, ErrorCode, RegExp][] = [
    [{ exclude: ['team/[z-a]'] }, 'REFERENCE_INVALID', /^--exclude: "team\/\[z-a\]"/],
    [{ exclude: ['app@sha256:12'] }, 'DIGEST_INVALID', /^--exclude: /],
    [{ exclude: ['**@sha256:' + hex] }, 'NAME_INVALID', /^--exclude: /],
    [{ semver: 'nonsense' }, 'USAGE', /--semver/],
  ];
  for (const [selection, code, says] of calls)
    await assert.rejects(
      selectFrom(shape, { entries: ['team/*:*', 'app'], source, ...selection }),
      error => isScraperError(error, code) && says.test(error.message) && exitCodeFor([error]) === 2,
    );
});

test('throws when it was not said which tags are newer', async () => {
  await assert.rejects(
    selectFrom(shape, { entries: ['team/*:*'], newest: { count: 3 } }),
    error => isScraperError(error, 'USAGE') && /tags of team\/api .* \(stable\)/.test(error.message),
  );
});

test('warns of repositories without the tag latest that nobody wrote', async () => {
  const { references, warnings } = await selectFrom(shape, {
    entries: ['**'],
    exclude: ['signed', 'ops/l*'],
  });
  assert.deepEqual(references, ['team/app:latest']);
  assert.deepEqual(
    warnings.map(({ code, message }) => [code, message]),
    [
      [
        'LATEST_MISSING',
        '2 of 5 repositories that ** matches have no tag latest and are left out: ops/eu/db, team/api',
      ],
    ],
  );
  const spelled = await selectFrom(shape, { entries: ['**:latest'] });
  assert.deepEqual(spelled.warnings, []);
});

test('warns of them whichever repository answers first', async () => {
  const answer = Promise.withResolvers<undefined>();
  const { warnings } = await selectFrom(shape, {
    entries: ['team/*'],
    source: {
      taggedAt(repository) {
        if (repository === 'team/api') return answer.promise;
        setImmediate(answer.resolve, undefined);
        return Promise.resolve(1);
      },
    },
  });
  assert.deepEqual(
    warnings.map(({ message }) => message),
    ['1 of 2 repositories that team/* matches have no tag latest and are left out: team/api'],
  );
});

test('warns of exclusions that leave nothing out, not of those that others made needless', async () => {
  const exclude = ['tema/**', 'team/**', 'team/api', 'ops/log'];
  const { warnings } = await selectFrom(shape, { entries: ['**:*'], exclude });
  assert.deepEqual(
    warnings.map(({ code, message }) => [code, message]),
    [
      ['EXCLUDE_UNUSED', '--exclude tema/** left nothing out'],
      ['EXCLUDE_UNUSED', '--exclude ops/log left nothing out'],
    ],
  );
});

test('warns of a host that was left out of a pattern', async () => {
  const { warnings } = await selectFrom(shape, { entries: ['registry.example.com/team/*:1.0*'] });
  assert.deepEqual(
    warnings.map(({ code, reference }) => [code, reference]),
    [['HOST_IGNORED', 'registry.example.com/team/*:1.0*']],
  );
});

test('takes the repositories of a host alone where some are named with it, and suggests them for a slip', async () => {
  const mirror: Shape = { 'docker.io/library/app': ['1'], 'docker.io/web': ['1'], app: ['1'] };
  const { references, failures, warnings } = await selectFrom(mirror, {
    entries: ['docker.io/**:*', 'docker.oi/**:*'],
  });
  assert.deepEqual(references, ['docker.io/library/app:1', 'docker.io/web:1']);
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    failures.map(({ code, hint }) => [code, hint]),
    [['NAME_UNKNOWN', "did you mean 'docker.io/**:*'?"]],
  );
});

test('an exclusion of a host alone takes nothing else away', async () => {
  const { references, warnings } = await selectFrom(shape, {
    entries: ['team/*:1.0*'],
    exclude: ['docker.io/**'],
  });
  assert.deepEqual(references, ['team/api:1.0.0', 'team/app:1.0.0']);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['EXCLUDE_UNUSED'],
  );
});

test('a host is not left out where it could not be read what is named with it', async () => {
  const registry = registryOf({ 'docker.io/team/app': ['1'], 'team/app': ['1'] });
  const driver = registry.driver();
  const broken = {
    ...registry,
    driver: () => ({
      ...driver,
      list: (path: string) => {
        if (path.endsWith('docker.io/team'))
          throw new ScraperError('ACCESS_DENIED', 'no permission', { path });
        return driver.list(path);
      },
    }),
  };
  const { references, failures, warnings } = await selectFrom(broken, { entries: ['docker.io/team/*:*'] });
  assert.deepEqual([references, warnings], [[], []]);
  assert.deepEqual(
    failures.map(({ code }) => code),
    ['ACCESS_DENIED'],
  );
});

test('a repository that cannot be read fails alone', async () => {
  const registry = registryOf(shape);
  const driver = registry.driver();
  const denied = new ScraperError('ACCESS_DENIED', 'no permission', { path: 'team/api' });
  const broken = {
    ...registry,
    driver: () => ({
      ...driver,
      list: (path: string) => {
        if (path.includes('team/api/_manifests/tags')) throw denied;
        return driver.list(path);
      },
    }),
  };
  const { references, failures } = await selectFrom(broken, { entries: ['team/*:1*'] });
  assert.deepEqual(references, ['team/app:1.0.0', 'team/app:1.1.0']);
  assert.deepEqual(
    failures.map(({ code, reference, entry }) => [code, reference, entry]),
    [['ACCESS_DENIED', 'team/api', 'team/*:1*']],
  );
});

test('a directory that cannot be listed is told once, and what was found is kept', async () => {
  const denied = new ScraperError('ACCESS_DENIED', 'no permission');
  const source = {
    async *repositories() {
      yield await Promise.resolve('team/app');
      throw denied;
    },
  };
  const { references, failures } = await selectFrom(shape, {
    entries: ['team/*:1*', 'team/**:latest'],
    source,
  });
  assert.deepEqual(references, ['team/app:1.0.0', 'team/app:1.1.0', 'team/app:latest']);
  assert.deepEqual(
    failures.map(({ code, entry }) => [code, entry]),
    [['ACCESS_DENIED', 'team/*:1*']],
  );
});

test('an image whose date cannot be read is told, because it may be the newest', async () => {
  const createdAt = (_: string, tag: string): Promise<number> =>
    tag === '1.0.0' ? Promise.reject(new ScraperError('MANIFEST_INVALID', 'damaged')) : Promise.resolve(1);
  const newest = { count: 1, by: 'created' } as const;
  const { references, failures } = await selectFrom(shape, { entries: ['team/app:1*'], newest, createdAt });
  assert.deepEqual(references, ['team/app:1.1.0']);
  assert.deepEqual(
    failures.map(({ code, reference }) => [code, reference]),
    [['MANIFEST_INVALID', 'team/app:1.0.0']],
  );
});

test('stops when it is told to', async () => {
  const stop = new AbortController();
  const reason = new ScraperError('INTERRUPTED', 'stopped');
  const source = {
    async *repositories() {
      yield await Promise.resolve('team/app');
      stop.abort(reason);
      yield 'team/api';
    },
  };
  await assert.rejects(
    selectFrom(shape, { entries: ['**:*'], source, signal: stop.signal }),
    error => error === reason,
  );
});

test('an expression that would take for ever is wrong as a whole, whatever else was asked for', async () => {
  await assert.rejects(
    selectFrom(
      { app: ['1.0', `${'a'.repeat(60)}_`], web: ['1.0'] },
      {
        entries: ['*:*', 'web:1.0'],
        tagRegex: /(a+)+$/,
      },
    ),
    error => isScraperError(error, 'USAGE') && exitCodeFor([error]) === 2,
  );
});
