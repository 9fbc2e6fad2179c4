import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { garbageCollect, type RunningRegistry } from '../testing/docker-registry.ts';
import type { Image } from '../testing/image.ts';
import { pullManifest } from '../testing/registry-client.ts';
import { run, type Finished } from '../testing/run.ts';
import { pullByHttp } from './pull.ts';
import { platforms, type SignedIndex } from './signed-registry.ts';

/** A copy that a stock registry serves, beside the source that another one serves. */
export interface Served {
  readonly source: RunningRegistry;
  readonly copy: RunningRegistry;
}

export const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Served with all that is below it and the bytes of the source. */
export async function assertServed(
  { source, copy }: Served,
  repository: string,
  reference: string,
): Promise<void> {
  const pulled = await pullByHttp(copy.url, repository, reference);
  assert.deepEqual(pulled, await pullByHttp(source.url, repository, reference));
}

export async function assertUnknown({ copy }: Served, repository: string, reference: string): Promise<void> {
  await assert.rejects(pullManifest(copy.url, repository, reference), /: 404\n/);
}

/** The index comes by its tag and by its digest with the bytes it always had, whatever of it is there. */
export async function assertIndex({ copy }: Served, { repository, index, tag }: SignedIndex): Promise<void> {
  for (const reference of [index.digest, tag]) {
    const { digest, bytes } = await pullManifest(copy.url, repository, reference);
    assert.deepEqual([digest, sha256(bytes)], [index.digest, index.digest]);
    assert.deepEqual(bytes, index.bytes);
  }
}

/** A stock client gets the first `kept` of the platforms, and of the others nothing. */
export async function assertPlatforms(
  served: Served,
  signed: SignedIndex,
  kept: number,
  scratch: string,
): Promise<void> {
  const { repository, tag, children, attestations } = signed;
  for (const [place, child] of children.entries()) {
    const platform = platforms[place] ?? '';
    const target = path.join(scratch, repository, String(place));
    const finished = await pullPlatform(served.copy.address, `${repository}:${tag}`, platform, target);
    const belonging = [child, ...attestations.slice(place, place + 1)];
    if (place < kept) {
      assert.equal(finished.status, 0, finished.stderr);
      await assertPulled(target, child);
      for (const { digest } of belonging) await assertServed(served, repository, digest);
    } else {
      assert.match(finished.stderr, /manifest unknown/);
      for (const { digest } of belonging) await assertUnknown(served, repository, digest);
    }
  }
}

/** Pulls an image as a machine of this platform does, into the directory `target`. */
export async function pullPlatform(
  address: string,
  reference: string,
  platform: string,
  target: string,
): Promise<Finished> {
  const [os = '', architecture = '', variant] = platform.split('/');
  const override = [`--override-os=${os}`, `--override-arch=${architecture}`];
  if (variant !== undefined) override.push(`--override-variant=${variant}`);
  await mkdir(target, { recursive: true });
  const flags = ['--insecure-policy', '--src-tls-verify=false', '--quiet'];
  return run('skopeo', [...override, 'copy', ...flags, `docker://${address}/${reference}`, `dir:${target}`]);
}

async function assertPulled(directory: string, image: Image): Promise<void> {
  assert.equal(sha256(await readFile(path.join(directory, 'manifest.json'))), image.digest);
  for (const { digest } of [image.config, ...image.layers]) {
    const file = path.join(directory, digest.replace('sha256:', ''));
    assert.equal(sha256(await readFile(file)), digest);
  }
}

/** A client that knows a digest only finds exactly these about it by the tag schema, and fetches each by its digest. */
export async function assertReferrers(
  served: Served,
  repository: string,
  subject: string,
  expected: readonly string[],
): Promise<void> {
  const { bytes, digest } = await pullManifest(served.copy.url, repository, subject.replace(':', '-'));
  assert.equal(sha256(bytes), digest);
  const { manifests } = JSON.parse(bytes.toString()) as {
    manifests: { digest: string; size: number; artifactType: string }[];
  };
  assert.deepEqual(manifests.map(one => one.digest).sort(), expected.toSorted());
  for (const one of manifests) {
    const pulled = await pullManifest(served.copy.url, repository, one.digest);
    const { artifactType } = JSON.parse(pulled.bytes.toString()) as { artifactType: string };
    assert.deepEqual([one.size, one.artifactType], [pulled.bytes.length, artifactType]);
    await assertServed(served, repository, one.digest);
  }
}

export async function assertNoGarbage(root: string): Promise<void> {
  const { eligibleBlobs, eligibleManifests, output } = await garbageCollect(root, { dryRun: true });
  assert.deepEqual([eligibleBlobs, eligibleManifests], [0, 0], output);
}
