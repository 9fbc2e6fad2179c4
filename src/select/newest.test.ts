import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor, isScraperError, ScraperError } from '../errors.ts';
import { newestTags, parseNewest, parseNewestBy, type Newest, type NewestOptions } from './newest.ts';

type Times = Readonly<Record<string, number | undefined>>;
type Settings = Partial<NewestOptions> & {
  /** When tags were pushed; all at the same time if absent, never if undefined. */
  readonly pushed?: Times;
  readonly created?: Times;
};

async function newest(
  tags: readonly string[],
  { pushed, created, ...options }: Settings,
): Promise<Newest & { readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const result = await newestTags('team/app', tags, {
    count: 2,
    prerelease: false,
    taggedAt: (_, tag) => {
      asked.push(`pushed ${tag}`);
      return Promise.resolve(pushed === undefined ? 0 : pushed[tag]);
    },
    createdAt: (_, tag) => {
      asked.push(`created ${tag}`);
      return Promise.resolve(created?.[tag]);
    },
    signal: new AbortController().signal,
    ...options,
  });
  return { ...result, asked };
}

const lost = ({ lost: map }: Newest): Record<string, string> => Object.fromEntries(map);

test('ranks by version where all tags are versions', async () => {
  const result = await newest(['1.9.0', '1.10', '1.2.3', 'v1.10.2'], {});
  assert.deepEqual([result.by, result.kept], ['semver', ['v1.10.2', '1.10']]);
  assert.deepEqual(lost(result), { '1.9.0': 'outranked', '1.2.3': 'outranked' });
});

test('takes no prereleases for newer unless it is told to', async () => {
  const tags = ['1.0.0', '1.1.0', '2.0.0-rc.1', '1.1.0-alpine'];
  assert.deepEqual((await newest(tags, { count: 1 })).kept, ['1.1.0']);
  assert.deepEqual((await newest(tags, { count: 2, prerelease: true })).kept, ['2.0.0-rc.1', '1.1.0']);
  assert.deepEqual(lost(await newest(tags, { count: 5 })), {
    '2.0.0-rc.1': 'prerelease',
    '1.1.0-alpine': 'prerelease',
  });
});

test('leaves out what is no version when told to rank by version', async () => {
  const result = await newest(['latest', '1.0', '2.0', 'edge'], { by: 'semver', count: 1 });
  assert.deepEqual(result.kept, ['2.0']);
  assert.deepEqual(lost(result), { latest: 'no version', edge: 'no version', '1.0': 'outranked' });
});

test('asks for the order where some tags are no versions', async () => {
  await assert.rejects(newest(['1.0', 'b2', 'b10', 'c', 'latest'], {}), error => {
    assert.ok(isScraperError(error, 'USAGE'));
    assert.match(error.message, /tags of team\/app are newer: 4 of 5 are no versions \(b2, b10, c, …\)/);
    assert.match(error.details.hint ?? '', /--newest-by semver.*--newest-by created.*--newest-by pushed/);
    return exitCodeFor([error]) === 2;
  });
  await assert.rejects(newest(['1.0', 'latest'], { count: 5 }), /1 of 2 are no versions \(latest\)/);
});

test('needs no order for a single tag', async () => {
  assert.deepEqual((await newest(['latest'], {})).kept, ['latest']);
});

test('ranks by the time of the push', async () => {
  const result = await newest(['a', 'b', 'c', 'd'], {
    by: 'pushed',
    pushed: { a: 40, b: 10, c: 30, d: undefined },
  });
  assert.deepEqual(result.kept, ['a', 'c']);
  assert.deepEqual(lost(result), { b: 'outranked', d: 'gone' });
});

test('ranks by the date in the image, and what has none comes last', async () => {
  const tags = ['a', 'b', 'c', 'd'];
  const created = { a: 40, b: undefined, c: -30, d: undefined };
  assert.deepEqual((await newest(tags, { by: 'created', created })).kept, ['a', 'c']);
  assert.deepEqual((await newest(tags, { by: 'created', created, count: 3 })).kept, ['a', 'c', 'd']);
});

test('breaks ties by version, whatever order the tags came in', async () => {
  const tags = ['1.10.0', '1.9.0', '1.10', 'v1.10.0', 'edge', 'latest'];
  for (const order of [tags, tags.toReversed(), tags.toSorted()]) {
    for (const by of ['created', 'pushed'] as const)
      assert.deepEqual((await newest(order, { by })).kept, ['latest', 'edge']);
    assert.deepEqual((await newest(order, { by: 'semver', count: 3 })).kept, ['1.10.0', 'v1.10.0', '1.10']);
  }
});

test('reads no dates where there is nothing to choose', async () => {
  for (const by of ['created', 'pushed', 'semver'] as const)
    assert.deepEqual((await newest(['1', '2'], { by })).asked, []);
});

test('looks only at the tags it needs when it ranks by version', async () => {
  const tags = Array.from({ length: 1000 }, (_, index) => `1.${String(index)}`);
  assert.deepEqual((await newest(tags, {})).asked, ['pushed 1.999', 'pushed 1.998']);
});

test('a tag without a current link takes no place', async () => {
  const result = await newest(['1.0', '1.1', '1.2', '1.3'], {
    pushed: { '1.0': 1, '1.1': 1, '1.2': undefined, '1.3': 1 },
  });
  assert.deepEqual(result.kept, ['1.3', '1.1']);
  assert.deepEqual(lost(result), { '1.2': 'gone', '1.0': 'outranked' });
});

test('tells of a tag whose date cannot be read, because it may be the newest', async () => {
  const createdAt: NewestOptions['createdAt'] = (_, tag) =>
    tag === 'b' ? Promise.reject(new ScraperError('MANIFEST_INVALID', 'damaged')) : Promise.resolve(1);
  const result = await newest(['a', 'b', 'c'], { by: 'created', createdAt });
  assert.deepEqual(result.kept, ['c', 'a']);
  assert.deepEqual(lost(result), { b: 'failed' });
  const [error] = result.errors;
  assert.equal(error?.details.reference, 'team/app:b');
});

test('lets defects and interruptions through', async () => {
  const defect = (): Promise<number> => Promise.reject(new TypeError('defect'));
  await assert.rejects(newest(['a', 'b', 'c'], { by: 'created', createdAt: defect }), TypeError);
  const stop = new AbortController();
  const reason = new ScraperError('INTERRUPTED', 'stopped');
  const stopped = (): Promise<number> => {
    stop.abort(reason);
    return Promise.reject(reason);
  };
  await assert.rejects(
    newest(['a', 'b', 'c'], { by: 'created', createdAt: stopped, signal: stop.signal }),
    error => error === reason,
  );
});

test('reads how many, and by what', () => {
  assert.equal(parseNewest('1'), 1);
  assert.equal(parseNewest('007'), 7);
  assert.equal(parseNewest('1000000'), 1_000_000);
  for (const by of ['semver', 'created', 'pushed']) assert.equal(parseNewestBy(by), by);
  for (const text of ['0', '-1', '1.5', '1e3', '', ' ', 'all', '1000001', '9'.repeat(400)]) {
    assert.throws(
      () => parseNewest(text),
      error => {
        assert.ok(isScraperError(error, 'USAGE'), text);
        assert.match(error.message, /^--newest must be a whole number from 1 to 1000000, found "/);
        assert.match(error.details.hint ?? '', /--newest 3/);
        return error.message.length < 200 && exitCodeFor([error]) === 2;
      },
    );
  }
  for (const text of ['', 'date', 'Semver', 'toString'])
    assert.throws(
      () => parseNewestBy(text),
      error =>
        isScraperError(error, 'USAGE') &&
        error.message.includes('--newest-by must be semver, created or pushed'),
    );
});
