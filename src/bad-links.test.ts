import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { ErrorCode } from './errors.ts';
import { digestOf, type Digest } from './oci/digest.ts';
import { testBadInput, type Situation } from './testing/bad-input.ts';
import type { Image } from './testing/image.ts';
import { buildRegistry } from './testing/registry.ts';
import { scrapeTree } from './testing/scrape.ts';
import type { TreeEntry } from './testing/tree.ts';

const elsewhere = digestOf('sha256', 'b'.repeat(64));

/** What may stand in place of a link, and what is said of it. */
const damages: Readonly<Record<string, readonly [Exclude<TreeEntry, string> | string, ErrorCode, RegExp]>> = {
  'that is empty': ['', 'LINK_INVALID', /link is damaged: expected a digest .* found an empty file/],
  'of white space': [' \n\t', 'LINK_INVALID', /found an empty file/],
  'of junk': ['hello', 'LINK_INVALID', /found "hello"/],
  'of junk that no terminal should see': ['\u001b[31m\u0000', 'LINK_INVALID', /found "\\u001b\[31m\\u0000"/],
  'without an algorithm': ['b'.repeat(64), 'LINK_INVALID', /found "bbbb/],
  'in upper case': [`sha256:${'B'.repeat(64)}`, 'LINK_INVALID', /found "sha256:BBBB/],
  'of two digests': [`${elsewhere}\n${elsewhere}`, 'LINK_INVALID', /found "sha256:bbbb/],
  'with a byte order mark': [`\u{feff}${elsewhere}`, 'LINK_INVALID', /found "\\ufeffsha256:bbbb/],
  'with a space that is not ASCII': [`${elsewhere}\u{a0}`, 'LINK_INVALID', /b\\u00a0"$/],
  'cut short': ['sha256:bbbb', 'LINK_INVALID', /found "sha256:bbbb"/],
  'with a path': ['../../../../etc/passwd', 'LINK_INVALID', /found "\.\./],
  'of an unknown algorithm': [`md5:${'b'.repeat(32)}`, 'LINK_INVALID', /found "md5:bbbb/],
  'of a gigabyte': [{ zeros: 2 ** 30 }, 'LINK_INVALID', /found a file of more than 256 bytes/],
  'that is a directory': ['directory', 'NOT_A_FILE', /it is a directory, a file was expected/],
  'that is a named pipe': ['fifo', 'NOT_A_FILE', /a file was expected/],
  'that leaves the tree': [
    { symlink: '/etc/passwd' },
    'OUTSIDE_ROOT',
    /leads out of the registry's storage, to \/etc\/passwd/,
  ],
};

/** Links of an image that its pull needs. */
const needed: Readonly<Record<string, (app: Situation['app'], image: Image) => string>> = {
  tag: app => app.tagLink('1.0'),
  revision: (app, image) => app.revisionLink(image),
  layer: (app, image) => app.layerLink(image.layer(1)),
  config: (app, image) => app.layerLink(image.config),
};

for (const [kind, linkOf] of Object.entries(needed)) {
  for (const [what, [entry, code, says]] of Object.entries(damages)) {
    testBadInput(`a ${kind} link ${what}`, {
      make: ({ registry, app }) => registry.replace(linkOf(app, app.image({ tag: '1.0' })), entry),
      code,
      exitCode: 4,
      says: [says],
      onDisk: typeof entry === 'object' || entry === 'directory' || entry === 'fifo',
    });
  }
}

for (const [kind, linkOf] of Object.entries(needed)) {
  test(`a ${kind} link with a newline is understood, mentioned once, and written without`, async () => {
    const registry = buildRegistry();
    const app = registry.repository('team/app');
    const image = app.image({ tag: '1.0' });
    app.tag('2.0', image);
    const sound = await scrapeTree(registry, ['team/app:1.0', 'team/app:2.0']);
    const path = registry.append(linkOf(app, image), '\n');
    const { report, listing } = await scrapeTree(registry, ['team/app:1.0', 'team/app:2.0']);
    assert.deepEqual(report.errors, []);
    assert.deepEqual(
      report.warnings.map(warning => [warning.code, warning.path]),
      [['LINK_NEWLINE', registry.driver().describe(path)]],
    );
    assert.deepEqual(listing, sound.listing);
  });
}

for (const kind of ['revision', 'layer', 'config']) {
  testBadInput(`a ${kind} link that leads to another blob`, {
    make: ({ registry, app }) => {
      const image = app.image({ tag: '1.0' });
      return registry.replace(needed[kind]?.(app, image) ?? '', app.blob(500).digest);
    },
    code: 'LINK_INVALID',
    exitCode: 4,
    says: [/link is damaged: expected sha256:[0-9a-f]{64}, found sha256:[0-9a-f]{64}/],
  });
}

testBadInput('a link to a layer named by SHA-512 that leads to another blob', {
  make: ({ registry, app }) => {
    const image = app.image({ tag: '1.0', layers: [{ content: 500, algorithm: 'sha512' }] });
    const other = app.blob(500);
    registry.replace(app.layerLink(image.layer(0)), other.digest);
    return registry.pathOf(other);
  },
  code: 'DIGEST_MISMATCH',
  exitCode: 4,
  says: [/manifest → layer 1: .*expected sha512:[0-9a-f]{128}, found sha512:[0-9a-f]{128}/],
  whenCopied: true,
});

testBadInput('a link to a manifest named by SHA-512 that leads to another one', {
  make: ({ registry, app }) => {
    const other = app.image();
    const named = sha512(app.image().bytes);
    registry.tree.set(app.revisionLink(named), Buffer.from(other.digest));
    const entry = { ...other.descriptor, digest: named };
    app.index([entry], { tag: '1.0' });
    return registry.pathOf(other);
  },
  code: 'DIGEST_MISMATCH',
  exitCode: 4,
  says: [/index → linux\/amd64 manifest: .*expected sha512:[0-9a-f]{128}, found sha512:/],
});

testBadInput('a manifest that is what its SHA-512 says, stored under a SHA-256 of something else', {
  make: ({ registry, app }) => {
    const { bytes, descriptor } = app.image();
    const named = sha512(bytes);
    registry.tree.set(app.revisionLink(named), Buffer.from(elsewhere));
    registry.tree.set(registry.pathOf({ stored: elsewhere }), bytes);
    app.index([{ ...descriptor, digest: named }], { tag: '1.0' });
    return registry.pathOf({ stored: elsewhere });
  },
  code: 'DIGEST_MISMATCH',
  exitCode: 4,
  says: [/^index → linux\/amd64 manifest: .*expected sha256:bbbb/],
});

test('a blob has to be what each of the images that need it calls it', async () => {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  const base = app.blob(500);
  app.image({ tag: 'sound', layers: [base] });
  const lying = app.image({ tag: 'lying', layers: [{ content: 500, algorithm: 'sha512' }] });
  registry.replace(app.layerLink(lying.layer(0)), base.digest);
  const references = ['team/app:sound', 'team/app:lying'];
  const { report, listing } = await scrapeTree(registry, references, { keepGoing: true });
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['DIGEST_MISMATCH'],
  );
  assert.ok(!listing.has(app.tagLink('lying')));
});

testBadInput('a tag that leads to a manifest which is not there', {
  make: ({ registry, app }) => {
    app.image({ tag: '1.0' });
    registry.replace(app.tagLink('1.0'), elsewhere);
    return app.revisionLink(elsewhere);
  },
  code: 'MANIFEST_UNKNOWN',
  exitCode: 3,
  says: [/team\/app has no manifest sha256:bbbb/],
});

testBadInput('a tag that leads to a blob of another repository', {
  make: ({ registry, app }) => {
    app.image({ tag: '0.9' });
    const { digest } = registry.repository('team/other').image();
    registry.tree.set(app.tagLink('1.0'), Buffer.from(digest));
    return app.revisionLink(digest);
  },
  code: 'MANIFEST_UNKNOWN',
  exitCode: 3,
  says: [/team\/app has no manifest sha256:/],
});

testBadInput('a tag that leads to a layer', {
  make: ({ registry, app }) => {
    const { layers } = app.image({ tag: '1.0' });
    const [layer = layers[1]] = layers;
    registry.replace(app.tagLink('1.0'), layer?.digest ?? '');
    return layer && registry.pathOf(layer);
  },
  code: 'MANIFEST_INVALID',
  exitCode: 4,
  says: [/it cannot be used as a manifest: it is not JSON/],
});

testBadInput('a tag whose manifest lost its blob', {
  make: ({ registry, app }) => registry.remove(app.image({ tag: '1.0' })),
  code: 'BLOB_UNKNOWN',
  exitCode: 3,
  says: [/manifest sha256:[0-9a-f]{64} is not in the storage/],
});

test('a tag whose link leads nowhere is no tag', async () => {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  app.image({ tag: '1.0' });
  registry.replace(app.tagLink('1.0'), { symlink: '../../nowhere/link' });
  const { report } = await scrapeTree(registry, 'team/app:1.0');
  assert.equal(report.errors[0]?.code, 'TAG_UNKNOWN');
});

test('links and blobs that are symbolic links within the tree are followed', async () => {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  const image = app.image({ tag: '1.0' });
  const { listing } = await scrapeTree(registry, 'team/app:1.0');
  for (const target of [app.tagLink('1.0'), app.layerLink(image.config), registry.pathOf(image.layer(0))]) {
    const bytes = registry.tree.get(target);
    const name = `${target}.real`;
    registry.replace(target, { symlink: name.slice(name.lastIndexOf('/') + 1) });
    if (bytes !== undefined) registry.tree.set(name, bytes);
  }
  const again = await scrapeTree(registry, 'team/app:1.0');
  assert.deepEqual(again.report.errors, []);
  assert.deepEqual(again.listing, listing);
});

function sha512(bytes: Uint8Array): Digest {
  return digestOf('sha512', createHash('sha512').update(bytes).digest('hex'));
}
