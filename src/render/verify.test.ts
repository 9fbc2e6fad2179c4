import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../oci/digest.ts';
import { finding, type Finding } from '../verify/finding.ts';
import type { FindingKind } from '../verify/kinds.ts';
import { emptyTally, type VerifyTotals } from '../verify/totals.ts';
import { fakeStream } from './fakes.ts';
import { terminalFor } from './terminal.ts';
import { displayWidth } from './text.ts';
import { renderVerify, type KindFindings, type VerifyContext, type VerifyResult } from './verify.ts';

const { colors } = terminalFor(fakeStream(), {}, false);
const context: VerifyContext = { colors, width: 80, verbose: false, quiet: false };
const digest = `sha256:${'a'.repeat(64)}` as Digest;
const totals: VerifyTotals = {
  ...emptyTally(),
  ...{ repositories: 1, tags: 20_000, revisions: 2, links: 5, blobs: 3, bytes: 2_000_000 },
  ...{ hashedBlobs: 3, hashedBytes: 2_000_000, orphans: { count: 0, bytes: 0 } },
};

function resultOf(found: readonly Finding[], changes: Partial<VerifyResult> = {}): VerifyResult {
  const findings = new Map<FindingKind, KindFindings>();
  for (const one of found) {
    const { count = 0, bytes = 0, first = [] } = findings.get(one.kind) ?? {};
    findings.set(one.kind, { count: count + 1, bytes: bytes + (one.size ?? 0), first: [...first, one] });
  }
  return {
    ...{ target: '/srv/registry', findings, totals, hashes: true },
    ...{ interrupted: false, unread: 0, durationMs: 1000 },
    ...changes,
  };
}

const textOf = (result: VerifyResult, changes: Partial<VerifyContext> = {}): string =>
  renderVerify(result, { ...context, ...changes });

test('a sound registry takes a few lines', () => {
  assert.equal(
    textOf(resultOf([])),
    [
      '/srv/registry is sound: a registry serves all of it, and garbage-collect goes',
      '  through',
      '',
      '  1 repository, 20,000 tags, 2 revisions, 5 links',
      '  3 blobs, 2 MB; 2 MB hashed in 1.0 s (2 MB/s)',
      '  no orphans',
      '',
    ].join('\n'),
  );
});

test('findings are summed up by severity, then told kind by kind', () => {
  const corrupt = finding('BLOB_CORRUPT', {
    ...{ message: 'the bytes are others', path: '/srv/registry/data', digest, size: 1500 },
    ...{ references: ['team/app:1.0', 'team/app:2.0', `team/app@${digest}`], referenceCount: 7 },
  });
  const orphan = finding('BLOB_ORPHAN', { message: 'no manifest needs it', path: '/x', digest, size: 40 });
  const missing = finding('BLOB_MISSING', { message: 'the config is not there', path: '/y', digest });
  assert.equal(
    textOf(resultOf([orphan, missing, corrupt], { totals: undefined })),
    [
      '/srv/registry is damaged: 1 thing damaged, 1 thing missing',
      '',
      '  FOUND    KIND          COUNT    SIZE',
      '  damaged  BLOB_CORRUPT      1  1.5 kB',
      '  missing  BLOB_MISSING      1       -',
      '  notice   BLOB_ORPHAN       1    40 B',
      '',
      'BLOB_CORRUPT: blobs whose bytes are not what their digest says',
      '  team/app:1.0, team/app:2.0, team/app@sha256:aaaaaaaaaaaa and 4 more',
      '    the bytes are others',
      '    /srv/registry/data',
      '  → put it back from a backup, or remove the file and push the image again: a',
      '    push alone keeps it',
      '',
      'BLOB_MISSING: blobs that are not there',
      '  sha256:aaaaaaaaaaaa',
      '    the config is not there',
      '    /y',
      '  → push the image again, or put the file back from a backup',
      '',
      'BLOB_ORPHAN: blobs that no manifest needs',
      '  sha256:aaaaaaaaaaaa  40 B',
      '  → garbage-collect removes them',
      '',
    ].join('\n'),
  );
});

test('of many findings of a kind the first are shown, more with verbose', () => {
  const many = Array.from({ length: 12_345 }, (_, number) =>
    finding('TAG_GHOST', { message: 'none', repository: 'app', tag: String(number) }),
  );
  const text = textOf(resultOf(many));
  assert.match(text, /^ {2}app:9\n {4}none\n {2}\.\.\. and 12,335 more; --verbose lists more$/m);
  assert.match(textOf(resultOf(many), { verbose: true }), /^ {2}app:12344$/m);
});

test('quiet leaves notices and totals out', () => {
  const found = [
    finding('BLOB_ORPHAN', { message: '', digest }),
    finding('TAG_GHOST', { message: 'none', repository: 'app', tag: '1' }),
  ];
  const text = textOf(resultOf(found), { quiet: true });
  assert.match(text, /^\/srv\/registry is incomplete: 1 thing missing$/m);
  assert.doesNotMatch(text, /ORPHAN|20,000/);
});

test('the headline never says more than is known', () => {
  const ghost = finding('TAG_GHOST', { message: 'none', repository: 'app', tag: '1' });
  const headline = (found: readonly Finding[], changes: Partial<VerifyResult>): string =>
    textOf(resultOf(found, changes), { width: undefined }).split('\n')[0] ?? '';
  assert.equal(
    headline([], { interrupted: true, totals: undefined }),
    'Interrupted: /srv/registry was not verified to the end',
  );
  assert.equal(
    headline([ghost], { interrupted: true, totals: undefined }),
    'Interrupted: /srv/registry was not verified to the end; found so far: 1 thing missing',
  );
  assert.equal(
    headline([], { unread: 1 }),
    '/srv/registry: no damage found, but not everything could be read',
  );
  assert.match(headline([], { hashes: false }), /; only manifests were hashed$/);
});

test('orphans that nobody can tell are no orphans that are not there', () => {
  assert.match(textOf(resultOf([], { totals: { ...totals, orphans: null } })), /orphans: nobody can tell/);
  const orphans = { count: 2, bytes: 3000 };
  assert.match(textOf(resultOf([], { totals: { ...totals, orphans } })), /^ {2}2 orphans, 3 kB$/m);
  const base = { ...totals, baseBlobs: 2, baseBytes: 10 };
  assert.match(textOf(resultOf([], { totals: base })), /^ {2}2 blobs, 10 B, in its base$/m);
});

test('nothing that a registry holds acts on the terminal, and only paths are wider than it', () => {
  const evil = finding('FOREIGN_FILE', { message: 'x', path: '/srv/\x1b[31m', size: 1 });
  const tag = finding('TAG_DANGLING', { message: 'y '.repeat(100), repository: '\x07', tag: '1' });
  const text = textOf(resultOf([evil, tag]));
  assert.doesNotMatch(text.replace(/\n/g, ''), /\p{Cc}/u);
  for (const line of text.split('\n')) assert.ok(displayWidth(line) <= 80, line);
});
