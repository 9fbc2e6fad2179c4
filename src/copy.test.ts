import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError, ScraperError, type ErrorCode, type Warning } from './errors.ts';
import type { Plan, PlannedImage, PlannedLink } from './plan.ts';
import { pathFor } from './registry/layout.ts';
import { memorySink, type MemoryOutput } from './sink/memory.ts';
import type { Sink, SinkFile, SinkSession, UnverifiedBlob } from './sink/sink.ts';
import type { Blob } from './testing/contents.ts';
import { copy, failing, planFor, watched } from './testing/copy.ts';
import { emptyPart } from './testing/parts.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import { scrapeTree } from './testing/scrape.ts';
import { sharingImages } from './testing/sharing-images.ts';

interface Shop {
  readonly registry: RegistryBuilder;
  /** In the first two images. */
  readonly base: Blob;
  readonly references: readonly string[];
}

/** Three images, of which the first two have a layer in common. */
function shop(): Shop {
  const { registry, app, base } = sharingImages();
  app.image({ tag: '3', layers: [40] });
  return { registry, base, references: ['1', '2', '3'].map(tag => `team/app:${tag}`) };
}

const names = (images: ReadonlyMap<PlannedImage, unknown>): (string | null)[] =>
  [...images.keys()].map(({ tag }) => tag);
const failure = (code: ErrorCode): ScraperError => new ScraperError(code, 'as it was told to');

const linkPath = (link: PlannedLink): string => pathFor(link);
const isOfTag = (link: PlannedLink): boolean => linkPath(link).includes('/tags/');

test('brings every blob once, in the order of the plan, and publishes each image behind its last one', async () => {
  const { registry, references } = shop();
  const plan = await planFor(registry, references);
  const { sink, calls } = watched();
  const result = await copy(registry, plan, sink);
  assert.deepEqual([calls[0], calls.at(-1)], ['open', 'close']);
  const writes = calls.filter(call => call.startsWith('write '));
  assert.deepEqual(
    writes,
    plan.blobs.map(({ digest }) => `write ${digest}`),
  );
  for (const image of plan.images) {
    const last = Math.max(...image.blobs.map(digest => calls.indexOf(`write ${digest}`)));
    assert.match(calls[last + 1] ?? '', /^publish /);
  }
  assert.deepEqual(names(result.done), ['1', '2', '3']);
  assert.equal(result.copiedBytes, plan.totals.bytes);
  assert.equal(result.stopped, undefined);
});

test('writes a link once that several images need', async () => {
  const { registry, references } = shop();
  const { sink, calls } = watched();
  await copy(registry, await planFor(registry, references), sink);
  const published = calls.filter(call => call.startsWith('publish '));
  assert.equal(new Set(published).size, published.length);
});

test('writes only the links that are lacking', async () => {
  const { registry, references } = shop();
  const { output } = await scrapeTree(registry, references);
  const tagLink = registry.repository('team/app').tagLink('1');
  output.delete(tagLink);
  const { sink, calls } = watched(memorySink(output));
  await copy(registry, await planFor(registry, references, output), sink);
  assert.deepEqual(
    calls.filter(call => call.startsWith('publish ')),
    [`publish ${tagLink}`],
  );
});

test('has no more under way at once than the sink can use', async () => {
  const { registry, references } = shop();
  const inner = memorySink(new Map());
  let underWay = 0;
  let most = 0;
  const { sink } = watched({
    ...inner,
    inFlight: 3,
    async writeBlob(blob) {
      most = Math.max(most, (underWay += 1));
      await new Promise(resolve => setImmediate(resolve));
      underWay -= 1;
      return inner.writeBlob(blob);
    },
  });
  await copy(registry, await planFor(registry, references), sink);
  assert.equal(most, 3);
});

test('stops at the first failure, whose image alone has failed', async () => {
  const { registry, references } = shop();
  const plan = await planFor(registry, references);
  const { sink, calls } = watched(failing(700, failure('DIGEST_MISMATCH')));
  const result = await copy(registry, plan, sink);
  assert.deepEqual([names(result.failed), names(result.done)], [['1'], []]);
  const failed = plan.blobs.findIndex(({ size }) => size === 700);
  assert.equal(calls.filter(call => call.startsWith('write ')).length, failed + 1);
  assert.equal(calls.at(-1), 'close');
});

test('goes on with the other images where it is asked to', async () => {
  const { registry, references, base } = shop();
  const plan = await planFor(registry, references);
  const one = await copy(registry, plan, watched(failing(700, failure('SIZE_INVALID'))).sink, {
    keepGoing: true,
  });
  assert.deepEqual([names(one.failed), names(one.done)], [['1'], ['2', '3']]);
  const { sink } = watched(failing(base.size, failure('SIZE_INVALID')));
  const both = await copy(registry, plan, sink, { keepGoing: true });
  assert.deepEqual([names(both.failed), names(both.done)], [['1', '2'], ['3']]);
  assert.equal(new Set(both.failed.values()).size, 1);
});

test('names the image, the way to the blob and the blob, and what to do when the source changed', async () => {
  const { registry, references } = shop();
  const plan = await planFor(registry, references);
  for (const code of ['DIGEST_MISMATCH', 'PATH_UNKNOWN'] as const) {
    const cause = new ScraperError(code, 'it is gone', { path: '/there', hint: 'look' });
    const { failed } = await copy(registry, plan, watched(failing(500, cause)).sink, { keepGoing: true });
    const [error] = failed.values();
    assert.ok(isScraperError(error, code));
    assert.equal(error.message, 'manifest → layer 2: it is gone');
    assert.equal(error.cause, cause);
    const { reference, path, digest, hint = '' } = error.details;
    assert.deepEqual([reference, path], ['team/app:2', '/there']);
    assert.equal(digest, plan.blobs.find(({ size }) => size === 500)?.digest);
    assert.match(
      hint,
      code === 'PATH_UNKNOWN' ? /changed while it was read; run the same command again/ : /^look$/,
    );
  }
});

test('a full disk is nobody’s fault in particular, and stops everything', async () => {
  const { registry, references } = shop();
  const { sink, calls } = watched(failing(700, failure('NO_SPACE')));
  const plan = await planFor(registry, references);
  const result = await copy(registry, plan, sink, { keepGoing: true });
  assert.ok(isScraperError(result.stopped, 'NO_SPACE'));
  assert.equal(result.failed.size, 0);
  assert.equal(calls.at(-2), `write ${String(plan.blobs.find(({ size }) => size === 700)?.digest)}`);
});

test('an image whose links cannot be published has failed', async () => {
  const { registry, references } = shop();
  const inner = memorySink(new Map());
  const publish: Sink['publish'] = (directories, files) =>
    files.some(({ path }) => path.includes('/tags/1/'))
      ? Promise.reject(failure('IO_ERROR'))
      : inner.publish(directories, files);
  const { sink } = watched({ ...inner, inFlight: 1, publish });
  const result = await copy(registry, await planFor(registry, references), sink, { keepGoing: true });
  assert.deepEqual([names(result.failed), names(result.done)], [['1'], ['2', '3']]);
  assert.equal([...result.failed.values()][0]?.details.reference, 'team/app:1');
});

test('an output that cannot be opened stops everything, and is closed', async () => {
  const { registry, references } = shop();
  const { sink, calls } = watched({ open: () => Promise.reject(failure('ACCESS_DENIED')) });
  const result = await copy(registry, await planFor(registry, references), sink, { keepGoing: true });
  assert.ok(isScraperError(result.stopped, 'ACCESS_DENIED'));
  assert.deepEqual([calls, result.done.size, result.failed.size], [['open', 'close'], 0, 0]);
});

test('a defect is thrown, and the output is closed all the same', async () => {
  const { registry, references } = shop();
  const defect = new TypeError('not a function');
  const { sink, calls } = watched(failing(700, defect));
  await assert.rejects(
    copy(registry, await planFor(registry, references), sink, { keepGoing: true }),
    defect,
  );
  assert.equal(calls.at(-1), 'close');
});

test('stops when it is told to: what was under way has not failed, and what is whole stays', async () => {
  const { registry, references } = shop();
  const plan = await planFor(registry, references);
  for (const reason of [new ScraperError('TERMINATED', 'terminated'), new Error('of another kind')]) {
    const stop = new AbortController();
    let session: SinkSession | undefined;
    const inner = memorySink(new Map());
    const { sink } = watched({
      ...inner,
      inFlight: 100,
      open: opened => ((session = opened), inner.open(opened)),
      writeBlob: async blob => {
        if (blob.size !== 40) return inner.writeBlob(blob);
        await new Promise(resolve => setTimeout(resolve, 5));
        stop.abort(reason);
        throw session?.signal.reason;
      },
    });
    const result = await copy(registry, plan, sink, { signal: stop.signal });
    assert.deepEqual([names(result.done), names(result.failed)], [['1', '2'], []]);
    const given = reason instanceof ScraperError;
    assert.ok(isScraperError(result.stopped, given ? 'TERMINATED' : 'INTERRUPTED'));
    assert.equal(result.stopped.message, given ? 'terminated' : 'stopped');
  }
});

test('when one failure stops the others, only that one is reported', async () => {
  const { registry, references } = shop();
  let session: SinkSession | undefined;
  const inner = memorySink(new Map());
  const { sink } = watched({
    ...inner,
    inFlight: 100,
    open: opened => ((session = opened), inner.open(opened)),
    async writeBlob(blob) {
      if (blob.size === 700) throw failure('DIGEST_MISMATCH');
      await new Promise(resolve => setTimeout(resolve, 5));
      session?.signal.throwIfAborted();
      return inner.writeBlob(blob);
    },
  });
  const result = await copy(registry, await planFor(registry, references), sink);
  assert.deepEqual([names(result.failed), names(result.done), result.stopped], [['1'], [], undefined]);
});

test('what turns out to be bad while another failure stops everything has failed as well', async () => {
  const { registry, references } = shop();
  const inner = memorySink(new Map());
  const { sink } = watched({
    ...inner,
    inFlight: 100,
    async writeBlob(blob) {
      if (blob.size !== 700 && blob.size !== 500) return inner.writeBlob(blob);
      await new Promise(resolve => setTimeout(resolve, blob.size === 700 ? 5 : 15));
      throw failure(blob.size === 700 ? 'DIGEST_MISMATCH' : 'SIZE_INVALID');
    },
  });
  const result = await copy(registry, await planFor(registry, references), sink);
  const codes = [...result.failed].map(([image, { code }]) => [image.tag, code]);
  assert.deepEqual(codes, [
    ['1', 'DIGEST_MISMATCH'],
    ['2', 'SIZE_INVALID'],
  ]);
});

test('a tag is asked for when all that it leads to is there, and written, or left as it is, after that', async () => {
  const { registry, references } = shop();
  const plan = await planFor(registry, references);
  const output: MemoryOutput = new Map();
  const inner = memorySink(output);
  const { sink, calls } = watched({
    ...inner,
    inFlight: 1,
    // slow enough for whoever does not wait for it to be found out
    publish: (directories, files) =>
      new Promise(resolve => setTimeout(resolve, 2)).then(() => inner.publish(directories, files)),
  });
  const observer = {
    onImage: ({ tag, links }: PlannedImage): void => {
      const there = links.filter(link => output.has(linkPath(link)));
      const due = tag === '2' ? links.filter(link => !isOfTag(link)) : links;
      assert.deepEqual(there, due, String(tag));
    },
  };
  const asked: string[] = [];
  const admitTag = (link: PlannedLink): Promise<boolean> => {
    const path = linkPath(link);
    asked.push(path);
    const image = plan.images.find(({ links }) => links.includes(link));
    const others = image?.links.filter(one => !isOfTag(one)) ?? [];
    assert.ok(others.length > 0 && others.every(one => output.has(linkPath(one))), path);
    assert.ok(!image?.links.some(one => isOfTag(one) && output.has(linkPath(one))), path);
    assert.equal(image?.digest, link.target);
    return Promise.resolve(!path.includes('/tags/2/'));
  };
  const { done, failed } = await copy(registry, plan, sink, { admitTag, observer });
  assert.deepEqual([names(done), names(failed)], [['1', '2', '3'], []]);
  const tagged = plan.images.flatMap(({ links }) => links.filter(isOfTag)).map(linkPath);
  assert.deepEqual(
    asked,
    tagged.filter(path => path.endsWith('/current/link')),
  );
  const published = calls.filter(call => call.startsWith('publish ') && call.includes('/tags/'));
  assert.deepEqual(
    published,
    tagged.filter(path => !path.includes('/tags/2/')).map(path => `publish ${path}`),
  );
  const links = calls.filter(call => call.startsWith('publish '));
  assert.equal(new Set(links).size, links.length);
});

test('of an image with several tags only those are left as they are that are not admitted', async () => {
  const { registry, app, first } = sharingImages();
  app.signature(first);
  const plans: Plan[] = [];
  const observer = { onPlan: (one: Plan): void => void plans.push(one) };
  await scrapeTree(registry, 'team/app:1', { referrers: {}, dryRun: true, observer });
  const plan = plans[0] ?? assert.fail();
  const links = plan.images.flatMap(image => image.links.filter(isOfTag)).map(linkPath);
  assert.equal(links.length, 4);
  for (const refused of ['/tags/1/', '.sig/']) {
    const { sink, output } = watched();
    const admitTag = (link: PlannedLink): Promise<boolean> =>
      Promise.resolve(!linkPath(link).includes(refused));
    await copy(registry, plan, sink, { admitTag });
    assert.deepEqual(
      links.filter(path => output.has(path)),
      links.filter(path => !path.includes(refused)),
    );
  }
});

test('where the power may fail, an image’s tags follow once all else of it has outlasted that', async () => {
  const { registry, references } = shop();
  const plan = await planFor(registry, references);
  for (const durable of [undefined, false, true]) {
    const inner = memorySink(new Map());
    const writes: (readonly string[])[] = [];
    const publish: Sink['publish'] = (directories, files) => {
      if (files.length > 0) writes.push(files.map(({ path }) => path));
      return inner.publish(directories, files);
    };
    const { sink } = watched({ ...inner, inFlight: 1, publish, ...(durable !== undefined && { durable }) });
    await copy(registry, plan, sink);
    // in one go where nothing is won by two: that many fewer files are waited for
    assert.equal(writes.length, durable ? 2 * plan.images.length : plan.images.length);
    const mixed = writes.filter(paths => new Set(paths.map(path => path.includes('/tags/'))).size > 1);
    assert.equal(mixed.length, durable ? 0 : plan.images.length);
    const [untagged = [], tagged = []] = writes;
    if (durable) assert.ok(untagged.length > 0 && tagged.length === 2 && tagged[0]?.includes('/tags/1/'));
  }
});

test('there is a directory of repositories before the first blob, and none where nothing is to be written', async () => {
  const { registry, references } = shop();
  const path = pathFor({ kind: 'repositories' });
  const output: MemoryOutput = new Map();
  const inner = memorySink(output);
  const seen: boolean[] = [];
  const writeBlob: Sink['writeBlob'] = blob => {
    seen.push(output.has(path));
    return inner.writeBlob(blob);
  };
  const plan = await planFor(registry, references);
  await copy(registry, plan, { ...inner, writeBlob });
  assert.ok(seen.length > 0 && seen.every(Boolean));
  const nothing: MemoryOutput = new Map();
  const blobs = plan.blobs.map(blob => ({ ...blob, inBase: true }));
  await copy(registry, { ...plan, blobs, images: [] }, memorySink(nothing));
  assert.equal(nothing.size, 0);
});

test('an image whose tag must not be moved has failed, and its tag is as it was', async () => {
  const { registry, references } = shop();
  const { sink, calls } = watched();
  const admitTag = (link: PlannedLink): Promise<boolean> =>
    linkPath(link).includes('/tags/2/') ? Promise.reject(failure('TAG_MISMATCH')) : Promise.resolve(true);
  const plan = await planFor(registry, references);
  const { done, failed } = await copy(registry, plan, sink, { admitTag, keepGoing: true });
  assert.deepEqual([names(done), names(failed)], [['1', '3'], ['2']]);
  assert.deepEqual(
    calls.filter(call => call.includes('/tags/2/')),
    [],
  );
});

test('of several failures of an image the first is the one that counts', async () => {
  const { registry } = shop();
  const plan = await planFor(registry, ['team/app:1']);
  const inner = memorySink(new Map());
  const writeBlob: Sink['writeBlob'] = ({ size }) =>
    Promise.reject(new ScraperError('SIZE_INVALID', `of ${String(size)}`));
  const { sink } = watched({ ...inner, inFlight: 1, writeBlob });
  const { failed } = await copy(registry, plan, sink, { keepGoing: true });
  const messages = [...failed.values()].map(({ message }) => message);
  assert.deepEqual(messages, [`${plan.blobs[0]?.trail ?? ''}: of ${String(plan.blobs[0]?.size)}`]);
});

test('what closes an output is written behind everything, of the images that are there, in their order', async () => {
  const { registry, references } = shop();
  const plan = await planFor(registry, references);
  const closing = (done: readonly PlannedImage[]): readonly SinkFile[] => [
    { path: 'closing', content: done.map(image => String(image.tag)).join() },
  ];
  const whole = watched();
  await copy(registry, plan, whole.sink, { closing });
  assert.deepEqual(whole.calls.slice(-2), ['publish closing', 'close']);
  assert.equal(whole.output.get('closing')?.toString(), '1,2,3');

  const some = failing(700, failure('SIZE_INVALID'));
  await copy(registry, plan, watched(some).sink, { closing, keepGoing: true });
  assert.equal(some.output.get('closing')?.toString(), '2,3');

  const one = watched();
  await copy(registry, await planFor(registry, ['team/app:2']), one.sink, { closing });
  assert.equal(one.output.get('closing')?.toString(), '2');
});

test('has ended when what closes an output is written and the output is closed', async () => {
  const { registry, references } = shop();
  const plan = await planFor(registry, references);
  const closing = (): readonly SinkFile[] => [{ path: 'closing', content: '' }];
  const later = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 5));
  const inner = memorySink(new Map());
  const ended: string[] = [];
  const { sink } = watched({
    ...inner,
    publish: async (directories, files) => {
      await later();
      await inner.publish(directories, files);
      ended.push(...files.map(({ path }) => path).filter(path => path === 'closing'));
    },
    close: async () => {
      await later();
      ended.push('closed');
    },
  });
  const { stopped } = await copy(registry, plan, sink, { closing });
  assert.deepEqual([stopped, ended], [undefined, ['closing', 'closed']]);

  const full = watched({
    ...inner,
    publish: (directories, files) =>
      files.some(({ path }) => path === 'closing')
        ? Promise.reject(failure('NO_SPACE'))
        : inner.publish(directories, files),
  });
  assert.ok(isScraperError((await copy(registry, plan, full.sink, { closing })).stopped, 'NO_SPACE'));
});

test('nothing closes an output that has no image, or in which everything was stopped', async () => {
  const { registry, references } = shop();
  const plan = await planFor(registry, references);
  const closing = (): readonly SinkFile[] => [{ path: 'closing', content: '' }];
  const writeBlob = (): Promise<never> => Promise.reject(failure('SIZE_INVALID'));
  const none = watched({ writeBlob });
  await copy(registry, plan, none.sink, { closing, keepGoing: true });
  const stopped = watched(failing(40, failure('SIZE_INVALID')));
  const { done } = await copy(registry, plan, stopped.sink, { closing });
  assert.ok(done.size > 0);
  for (const { calls } of [none, stopped]) {
    assert.ok(!calls.includes('publish closing'));
    assert.equal(calls.at(-1), 'close');
  }
});

test('what an output warns of is passed on', async () => {
  const { registry, references } = shop();
  const inner = memorySink(new Map());
  const warning: Warning = { code: 'LINK_NEWLINE', message: 'as it is' };
  const { sink } = watched({
    ...inner,
    open: session => (session.onWarning(warning), inner.open(session)),
  });
  const warned: Warning[] = [];
  const observer = { onWarning: (one: Warning) => void warned.push(one) };
  await copy(registry, await planFor(registry, references), sink, { observer });
  assert.deepEqual(warned, [warning]);
});

test('hands over what a descriptor carries, and a local file only where there is one', async () => {
  const registry = buildRegistry();
  registry.repository('app').artifact({ tag: '1', layers: [emptyPart(false), 20], emptyStored: false });
  const plan = await planFor(registry, ['app:1']);
  const seen = new Map<number, UnverifiedBlob>();
  const inner = memorySink(new Map());
  const { sink } = watched({
    ...inner,
    writeBlob: blob => (seen.set(blob.size, blob), inner.writeBlob(blob)),
  });
  const local = {
    ...registry.driver(),
    localRange: (path: string) => Promise.resolve({ path: `/real/${path}` }),
  };
  for (const driver of [registry.driver(), local]) {
    assert.equal((await copy(registry, plan, sink, { driver })).done.size, 1);
    assert.equal(seen.get(2)?.localRange, undefined);
    assert.match(seen.get(2)?.origin ?? '', /descriptor/);
    const layer = seen.get(20);
    const expected = driver === local ? { path: `/real/${layer?.path ?? ''}` } : undefined;
    assert.deepEqual(await layer?.localRange?.(), expected);
  }
});

test('tells what was linked, copied and there already, and what it had to mend', async () => {
  const { registry, references, base } = shop();
  const { output } = await scrapeTree(registry, 'team/app:1');
  const path = registry.pathOf(base);
  const plan = await planFor(registry, references, output);
  const inner = memorySink(output);
  const linking: Partial<Sink> = { ...inner, writeBlob: blob => inner.writeBlob(blob).then(() => 'linked') };
  const trusting = watched(linking);
  const first = await copy(registry, plan, trusting.sink);
  const { bytes, presentBytes } = plan.totals;
  assert.deepEqual([first.linkedBytes, first.copiedBytes], [bytes - presentBytes, 0]);
  assert.equal(first.skippedBytes, presentBytes);
  assert.deepEqual([...first.done.values()], ['present', 'copied', 'copied']);
  assert.ok(!trusting.calls.some(call => call.startsWith('verify')));
  // the first image and its links were there, and the layer that the second shares with it
  const there = plan.images[0]?.links.map(link => `publish ${linkPath(link)}`) ?? [];
  assert.ok(!trusting.calls.some(call => there.includes(call)));

  output.set(path, Buffer.alloc(base.size));
  const all = await planFor(registry, references, output);
  const doubting = watched(inner);
  const { done, copiedBytes, skippedBytes } = await copy(registry, all, doubting.sink, {
    verifyExisting: true,
  });
  assert.deepEqual([copiedBytes, skippedBytes], [base.size, bytes - base.size]);
  assert.deepEqual([...done.values()].sort(), ['copied', 'copied', 'present']);
  assert.equal(doubting.calls.filter(call => call.startsWith('verify')).length, all.blobs.length);
});
