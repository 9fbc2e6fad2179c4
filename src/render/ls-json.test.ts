import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListEntry } from '../look/entry.ts';
import { parseDigest } from '../oci/digest.ts';
import { imageDocument, isoDate, jsonPrinter, type ListOutcome } from './ls-json.ts';
import { sampleDigest } from './samples.ts';

const digest = parseDigest(sampleDigest(1));
const names = { digest: false, pushed: false, summary: false };
const everything = { digest: true, pushed: true, summary: true };
const entry: ListEntry = {
  repository: 'app',
  tag: '1',
  digest,
  pushed: Date.parse('2026-03-04T05:06:07.891Z'),
  exact: false,
  summary: {
    kind: 'index',
    mediaType: 'application/vnd.oci.image.index.v1+json',
    platforms: ['linux/amd64'],
    size: 1234,
    created: Date.parse('2026-01-02T03:04:05Z'),
    missingManifests: 1,
  },
};
const outcome: ListOutcome = {
  totals: { repositories: 1, images: 2, damaged: 0, hiddenTags: 3 },
  warnings: [],
  errors: [],
};

test('what was asked for is there, and nothing else', () => {
  assert.deepEqual(imageDocument(entry, names), { reference: 'app:1', repository: 'app', tag: '1' });
  assert.deepEqual(imageDocument(entry, { ...names, digest: true }), {
    reference: 'app:1',
    repository: 'app',
    tag: '1',
    digest,
  });
  assert.deepEqual(imageDocument(entry, everything), {
    reference: 'app:1',
    repository: 'app',
    tag: '1',
    digest,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    kind: 'index',
    artifactType: null,
    platforms: ['linux/amd64'],
    bytes: 1234,
    created: '2026-01-02T03:04:05Z',
    pushed: '2026-03-04T05:06:07Z',
    missingManifests: 1,
    subject: null,
  });
});

test('what could not be found out is null, with the reason', () => {
  const error = { code: 'TAG_UNKNOWN', message: 'gone' } as const;
  const lost = { repository: 'app', tag: 'ghost', exact: false, error };
  const document = imageDocument(lost, everything);
  assert.deepEqual(
    [document['digest'], document['kind'], document['bytes'], document['platforms'], document['error']],
    [null, null, null, [], error],
  );
});

test('a revision without a tag is named by its digest', () => {
  const document = imageDocument(
    { repository: 'app', tag: null, digest, exact: false, partOf: ['1'] },
    everything,
  );
  assert.deepEqual(
    [document['reference'], document['tag'], document['digest'], document['partOf']],
    [`app@${digest}`, null, digest, ['1']],
  );
});

test('bit by bit, one document comes out, with a line for each image', () => {
  const printer = jsonPrinter(names, () => outcome);
  const text = printer.entry(entry) + printer.entry({ ...entry, tag: '2' }) + printer.end();
  assert.deepEqual(JSON.parse(text), {
    schemaVersion: 1,
    command: 'ls',
    images: [
      { reference: 'app:1', repository: 'app', tag: '1' },
      { reference: 'app:2', repository: 'app', tag: '2' },
    ],
    ...outcome,
    ok: true,
  });
  assert.equal(text.split('\n').filter(line => line.includes('"reference"')).length, 2);
});

test('an empty listing is a document too, and errors make it not ok', () => {
  const errors = [{ code: 'NAME_UNKNOWN', message: 'no' } as const];
  const document: unknown = JSON.parse(jsonPrinter(names, () => ({ ...outcome, errors })).end());
  assert.deepEqual(document, { schemaVersion: 1, command: 'ls', images: [], ...outcome, errors, ok: false });
});

test('characters that could act on a terminal are escaped', () => {
  const error = { code: 'LINK_INVALID', message: 'found \x1b[2J\u202e' } as const;
  const text = jsonPrinter(everything, () => outcome).entry({ ...entry, error });
  assert.match(text, /^[ -~\n]*$/);
  assert.ok(text.includes('\\u001b[2J\\u202e'));
});

test('dates are in UTC, to the second', () => {
  assert.equal(isoDate(0), '1970-01-01T00:00:00Z');
  assert.equal(isoDate(undefined), null);
});
