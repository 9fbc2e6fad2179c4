import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { seededRandom } from '../testing/random.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import { inspect, type InspectedTag } from './inspect.ts';
import { runProgram } from './program.ts';

/** Runs under way at once. */
const lanes = 2;

/** A small registry with an image of every kind that is served, two of which share a layer. */
function smallRegistry(): RegistryBuilder {
  const registry = buildRegistry('bit flip');
  const team = registry.repository('team/app');
  const docker = team.image({ tag: 'docker', format: 'docker', layers: [4000, 300, 1] });
  team.image({ tag: 'oci', layers: [docker.layer(0), 2000] });
  team.image({ tag: 'zstd', compression: 'zstd', layers: [1500] });
  const children = ['linux/amd64', 'linux/arm64'].map(platform => team.image({ platform, layers: [700] }));
  team.index([team.index(children), team.image({ layers: [400] })], { tag: 'nested' });
  team.artifact({ tag: 'artifact' });
  registry.repository('charts/demo').chart({ tag: '0.1.0' });
  registry.repository('legacy').schema1({ tag: 'old', signature: 'linked' });
  registry.repository('other').image({ tag: 'sha512', layers: [{ content: 900, algorithm: 'sha512' }] });
  return registry;
}

/** Digests of all blobs that the registry stores. */
function blobsOf({ tree }: RegistryBuilder): readonly string[] {
  return [...tree.keys()].flatMap(name => {
    const encoded = /\/blobs\/sha256\/..\/([0-9a-f]{64})\/data$/.exec(name)?.[1];
    return encoded === undefined ? [] : [`sha256:${encoded}`];
  });
}

describe('one bit flipped in a blob', () => {
  const registry = smallRegistry();
  const random = seededRandom('which bit');
  let base: string;
  let tags: readonly InspectedTag[];

  before(async () => {
    base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-flip-'));
    await registry.write(path.join(base, 'whole'));
    ({ tags } = await inspect(path.join(base, 'whole')));
    assert.equal(tags.length, 8);
  });
  after(() => rm(base, { recursive: true, force: true }));

  const nameOf = ({ repository, tag }: InspectedTag): string => `${repository}:${tag}`;

  /** Scrapes everything and returns the exit code and the tags that the output serves. */
  async function scrape(data: string, output: string, flags: readonly string[]) {
    const places = ['--data-dir', data, '--output-dir', output];
    const { status, stdout, stderr } = await runProgram([...tags.map(nameOf), ...places, '--json', ...flags]);
    const found = await inspect(output);
    assert.deepEqual(found.problems, []);
    return { status, served: found.tags.map(nameOf), printed: stdout + stderr };
  }

  async function assertCaught(data: string, digest: string, flags: readonly string[]): Promise<void> {
    const output = path.join(data, '..', 'output');
    const { status, served, printed } = await scrape(data, output, flags);
    assert.equal(status, 4, printed);
    const concerned = tags.filter(tag => tag.blobs.has(digest)).map(nameOf);
    assert.ok(concerned.length > 0);
    const sound = tags.map(nameOf).filter(name => !concerned.includes(name));
    if (flags.includes('--keep-going')) assert.deepEqual(served.toSorted(), sound.toSorted());
    else
      assert.ok(
        served.every(name => sound.includes(name)),
        `one of ${concerned.join()} among ${served.join()}`,
      );
    await rm(output, { recursive: true, force: true });
  }

  /** Flips one bit of each blob in turn, in a tree of its own for each lane. */
  async function flipEachInTurn(flags: readonly string[]): Promise<number> {
    const digests = blobsOf(registry);
    const lane = async (number: number): Promise<void> => {
      const data = path.join(base, `lane-${String(number)}`, 'data');
      await registry.write(data);
      for (const digest of digests.filter((_, index) => index % lanes === number)) {
        const file = digest.replace(/^sha256:(..)/, 'docker/registry/v2/blobs/sha256/$1/$1') + '/data';
        const bytes = Buffer.from(registry.tree.get(file) as Uint8Array);
        const bit = random.integer(bytes.length * 8);
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await writeFile(path.join(data, file), flipped);
        await assertCaught(data, digest, flags).catch((error: unknown) => {
          throw new Error(`bit ${String(bit)} of ${digest}`, { cause: error });
        });
        await writeFile(path.join(data, file), bytes);
      }
    };
    await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
    return digests.length;
  }

  test('nothing is wrong with the registry as it was pushed', async () => {
    const { status, served, printed } = await scrape(path.join(base, 'whole'), path.join(base, 'copy'), []);
    assert.equal(status, 0, printed);
    assert.deepEqual(served.toSorted(), tags.map(nameOf).toSorted());
  });

  test('ends with exit code 4, and no tag of the images concerned is published', async t => {
    t.diagnostic(`${String(await flipEachInTurn([]))} blobs`);
  });

  test('does not keep sound images from being shipped with --keep-going, also where blobs are linked', async () => {
    await flipEachInTurn(['--keep-going', '--link']);
  });
});
