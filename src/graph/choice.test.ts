import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../oci/digest.ts';
import { parsePlatform } from '../oci/platform.ts';
import { choosePlatforms, type Candidate } from './choice.ts';

const entry = (id: number, platform?: string, annotations: Record<string, string> = {}): Candidate => {
  const digest = digestOf('sha256', String(id).repeat(64));
  const descriptor = { mediaType: '', digest, size: 1, urls: [], annotations };
  return {
    child: { descriptor, role: 'manifest', label: String(id) },
    platform: platform === undefined ? undefined : parsePlatform(platform),
  };
};
const attesting = (id: number, about: number): Candidate =>
  entry(id, undefined, {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': digestOf('sha256', String(about).repeat(64)),
  });
const chosen = (wanted: string, candidates: readonly Candidate[]): readonly string[] =>
  choosePlatforms(wanted.split(',').map(parsePlatform))
    .choose(candidates)
    .map(({ child }) => child.label);

test('takes the platforms asked for and what attests them', () => {
  const candidates = [entry(1, 'linux/amd64'), entry(2, 'linux/arm64/v8'), attesting(3, 1), attesting(4, 2)];
  assert.deepEqual(chosen('linux/arm64', candidates), ['2', '4']);
  assert.deepEqual(chosen('linux/arm64,linux/amd64', candidates), ['1', '2', '3', '4']);
  assert.deepEqual(chosen('linux/s390x', candidates), []);
});

test('takes what has no platform: nested indexes and artifacts', () => {
  assert.deepEqual(
    chosen('linux/arm64', [entry(1, 'linux/amd64'), entry(2), entry(3, undefined, { a: 'b' })]),
    ['2', '3'],
  );
});

test('says of a platform what keeps it from being any of those asked for', () => {
  const choice = choosePlatforms(['windows/amd64:10.0.1', 'windows/arm64:10.0.1'].map(parsePlatform));
  assert.equal(choice.wanted, 'windows/amd64:10.0.1 or windows/arm64:10.0.1');
  const said = (platform: string): string => choice.describe(parsePlatform(platform));
  assert.equal(said('windows/arm64'), 'windows/arm64 (no os.version)');
  assert.equal(said('windows/arm64:10.0.2'), 'windows/arm64:10.0.2');
  assert.equal(said('linux/arm64'), 'linux/arm64');
  assert.equal(
    choosePlatforms([parsePlatform('linux/amd64')]).describe(parsePlatform('windows/arm64:10.0.2')),
    'windows/arm64',
  );
});
