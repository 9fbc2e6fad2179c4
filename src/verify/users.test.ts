import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { registrySource, type RegistrySource } from '../registry/source.ts';
import { patient } from '../testing/damages/patient.ts';
import { TODAY } from '../testing/verify.ts';
import { usersIn, type Users } from './users.ts';
import { verification, type Verification } from './verification.ts';

const { registry, app, image, index, children, untagged } = patient();

function verifying(
  source: Partial<RegistrySource> = {},
  signal = new AbortController().signal,
): Verification {
  const driver = registry.driver();
  const prover = { inFlight: 1, prove: () => Promise.resolve(), close: () => Promise.resolve() };
  const made = verification({
    ...{ driver, hash: 'none', prover, now: TODAY, signal, observer: {} },
    onFinding: () => Promise.resolve(),
    onError: error => assert.fail(error),
  });
  return { ...made, source: { ...registrySource(driver, () => undefined), ...source } };
}

const usersOf = async (wanted: readonly Digest[], of = verifying()): Promise<Record<string, Users>> =>
  Object.fromEntries(await usersIn(of, app.name, new Set(wanted)));

test('names tags, those of the indexes above, and the digest where no tag leads to one', async () => {
  const [layer, config] = [image.layer(0).digest, untagged.config.digest];
  const child = children[0].digest;
  assert.deepEqual(await usersOf([layer, config, child, index.digest]), {
    [layer]: { references: ['team/app:1.0'], referenceCount: 1 },
    [config]: { references: [`team/app@${untagged.digest}`], referenceCount: 1 },
    [child]: { references: ['team/app:multi'], referenceCount: 1 },
    [index.digest]: { references: ['team/app:multi'], referenceCount: 1 },
  });
});

test('tags are read a second time only where something is needed', async () => {
  let listed = 0;
  const { source } = verifying();
  const counted = verifying({
    tags: repository => {
      listed += 1;
      return source.tags(repository);
    },
  });
  assert.deepEqual(await usersOf([], counted), {});
  assert.equal(listed, 1);
  await usersOf([image.digest], counted);
  assert.equal(listed, 3);
});

test('each manifest is read once, by whatever ways it is found', async () => {
  const { source } = verifying();
  const read: Digest[] = [];
  const counted = verifying({
    readBlob: digest => {
      read.push(digest);
      return source.readBlob(digest);
    },
  });
  await usersOf([image.digest], counted);
  assert.deepEqual([read.length, new Set(read).size], [5, 5]);
});

test('what cannot be read names nobody; a defect and an interruption end it', async () => {
  const failing = (error: Error): readonly Partial<RegistrySource>[] => [
    { readBlob: () => Promise.reject(error) },
    { tagTarget: () => Promise.reject(error) },
    {
      async *revisions() {
        throw await Promise.resolve(error);
      },
    },
  ];
  const named: (readonly string[])[] = [];
  for (const source of failing(new ScraperError('IO_ERROR', 'reading'))) {
    const users = await usersOf([image.config.digest], verifying(source));
    named.push(Object.values(users).flatMap(({ references }) => references));
  }
  assert.deepEqual(named, [[], [`team/app@${image.digest}`], ['team/app:1.0']]);
  for (const error of [
    new ScraperError('INTERRUPTED', 'interrupted'),
    new ScraperError('TERMINATED', 'terminated'),
    new TypeError('no function'),
  ])
    for (const source of failing(error))
      await assert.rejects(usersOf([image.config.digest], verifying(source)), thrown => thrown === error);
});

test('told to stop, it reads no manifest', async () => {
  const reason = new ScraperError('INTERRUPTED', 'interrupted');
  const readBlob = (): never => assert.fail('read a manifest');
  const stopped = verifying({ readBlob }, AbortSignal.abort(reason));
  await assert.rejects(usersOf([image.digest], stopped), error => error === reason);
});

test('of many references the first three by name are named', async () => {
  for (const tag of ['z', 'y', 'x']) app.tag(tag, image);
  assert.deepEqual(await usersOf([image.digest]), {
    [image.digest]: { references: ['team/app:1.0', 'team/app:x', 'team/app:y'], referenceCount: 4 },
  });
});
