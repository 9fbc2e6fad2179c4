import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { digestOf, encodedOf } from './oci/digest.ts';
import { referrersTag } from './testing/artifacts.ts';
import { addBystanders } from './testing/bystanders.ts';
import type { Image } from './testing/image.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import type { RepositoryBuilder } from './testing/repository.ts';
import { scrapeTree } from './testing/scrape.ts';

/** Two repositories, one of which has a name that begins like a host's. */
function twoRepositories(): {
  readonly registry: RegistryBuilder;
  readonly app: RepositoryBuilder;
  readonly image: Image;
  readonly latest: Image;
  readonly mirrored: Image;
} {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  const image = app.image({ tag: '1.0' });
  const latest = app.image({ tag: 'latest' });
  const mirrored = registry.repository('mirror.example.com/team/app').image({ tag: '1.0' });
  return { registry, app, image, latest, mirrored };
}

const hosts = [
  'registry.example.com',
  'registry.example.com:5000',
  'Registry.Example.COM',
  'localhost',
  'localhost:5000',
  'host:1',
  '192.0.2.1',
  '[2001:db8::1]:5000',
];

for (const host of hosts) {
  test(`leaves out the host ${host} where no repository is called so, and says so`, async () => {
    const { registry, image } = twoRepositories();
    const { report } = await scrapeTree(registry, `${host}/team/app:1.0`);
    const [{ requested, repository, tag, digest } = {}] = report.images;
    assert.deepEqual(
      { requested, repository, tag, digest },
      { requested: `${host}/team/app:1.0`, repository: 'team/app', tag: '1.0', digest: image.digest },
    );
    const [{ code, message = '', reference } = {}, ...others] = report.warnings;
    assert.deepEqual([code, reference, others], ['HOST_IGNORED', `${host}/team/app:1.0`, []]);
    assert.ok(message.includes(host) && message.includes('team/app'), message);
  });
}

test('takes a name as it is written where a repository is called so', async () => {
  const { registry, mirrored } = twoRepositories();
  const { report } = await scrapeTree(registry, 'mirror.example.com/team/app:1.0');
  assert.deepEqual(report.warnings, []);
  assert.equal(report.images[0]?.repository, 'mirror.example.com/team/app');
  assert.equal(report.images[0].digest, mirrored.digest);
});

test('does not take a first component for a host that does not look like one', async () => {
  const { registry } = twoRepositories();
  const { report } = await scrapeTree(registry, 'backup/team/app:1.0');
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['NAME_UNKNOWN'],
  );
});

test('means latest by a name alone', async () => {
  const { registry, latest } = twoRepositories();
  const { report } = await scrapeTree(registry, 'team/app');
  assert.deepEqual([report.images[0]?.tag, report.images[0]?.digest], ['latest', latest.digest]);
});

test('ships a digest untagged', async () => {
  const { registry, app, image } = twoRepositories();
  const alone = buildRegistry();
  alone.repository('team/app').image();
  const { report, listing } = await scrapeTree(registry, `team/app@${image.digest}`);
  assert.deepEqual([report.ok, report.images[0]?.tag], [true, null]);
  assert.deepEqual(listing, alone.listing());
  assert.ok(!listing.has(app.tagLink('1.0')));
});

test('ships a digest with a tag that points to it, from behind a host too', async () => {
  for (const host of ['', 'registry.example.com:443/']) {
    const { registry, app, image } = twoRepositories();
    const { report, listing } = await scrapeTree(registry, `${host}team/app:1.0@${image.digest}`);
    assert.deepEqual([report.errors, report.images[0]?.tag], [[], '1.0']);
    assert.equal(listing.get(app.tagLink('1.0')), JSON.stringify(image.digest));
  }
});

test('refuses a digest with a tag that points elsewhere', async () => {
  const { registry, image, latest } = twoRepositories();
  const requested = `team/app:latest@${image.digest}`;
  const { report, listing } = await scrapeTree(registry, requested);
  const [{ code, message = '', hint = '', reference } = {}] = report.errors;
  assert.deepEqual([code, reference, listing.size], ['TAG_MISMATCH', requested, 0]);
  assert.ok(message.includes(latest.digest) && message.includes(image.digest), message);
  assert.ok(hint.includes(`team/app@${image.digest}`) && hint.includes('team/app:latest'), hint);
});

test('ships what only a digest leads to: an untagged manifest, a child of an index', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const [untagged, child] = [app.image(), app.image({ platform: 'linux/arm64' })];
  app.index([child], { tag: 'index' });
  const { report, listing } = await scrapeTree(registry, [`app@${untagged.digest}`, `app@${child.digest}`]);
  assert.deepEqual(report.errors, []);
  assert.deepEqual(report.images[1]?.platforms, ['linux/arm64']);
  assert.ok(listing.has(app.revisionLink(child)) && listing.has(app.revisionLink(untagged)));
});

test('finds a manifest by a SHA-512 that somebody linked, and keeps both links', async () => {
  const { registry, app, image } = twoRepositories();
  const alias = digestOf('sha512', createHash('sha512').update(image.bytes).digest('hex'));
  registry.tree.set(app.revisionLink(alias), Buffer.from(image.digest));
  for (const reference of [`team/app@${alias}`, `team/app:1.0@${alias}`]) {
    const { report, listing } = await scrapeTree(registry, reference);
    assert.deepEqual(report.errors, []);
    for (const digest of [alias, image.digest])
      assert.equal(listing.get(app.revisionLink(digest)), JSON.stringify(image.digest));
    if (report.images[0]?.tag === '1.0')
      assert.equal(listing.get(app.tagLink('1.0')), JSON.stringify(image.digest));
  }
});

test('ships one image once when it is asked for twice', async () => {
  const { registry } = twoRepositories();
  const { report } = await scrapeTree(registry, ['team/app:1.0', 'team/app:1.0']);
  assert.equal(report.images.length, 1);
  assert.equal(report.totals.images, 1);
});

test('ships one image under every name it is asked for by', async () => {
  const { registry, app, image } = twoRepositories();
  app.tag('stable', image);
  const references = ['team/app:1.0', 'team/app:stable', `team/app@${image.digest}`];
  const once = await scrapeTree(registry, 'team/app:1.0');
  const { report, listing } = await scrapeTree(registry, references);
  assert.deepEqual(report.errors, []);
  assert.deepEqual(
    report.images.map(({ requested, status }) => [requested, status]),
    references.map(requested => [requested, 'copied']),
  );
  const { bytes } = once.report.totals;
  assert.deepEqual([report.totals.bytes, report.totals.copiedBytes], [bytes, bytes]);
  for (const each of report.images) assert.deepEqual([each.bytes, each.sharedBytes], [bytes, bytes]);
  const stable = [app.tagLink('stable'), app.tagHistoryLink('stable', image)];
  assert.deepEqual([...listing.keys()], [...once.listing.keys(), ...stable].sort());
});

test('ships what two references lead to as if it were asked for by one', async () => {
  const { registry } = twoRepositories();
  const once = await scrapeTree(registry, 'team/app:1.0');
  const { report, listing } = await scrapeTree(registry, ['team/app:1.0', 'localhost/team/app:1.0']);
  assert.deepEqual([report.errors, listing], [[], once.listing]);
  assert.equal(report.totals.bytes, once.report.totals.bytes);
});

test('tells repositories within repositories apart', async () => {
  const names = ['a', 'a/b', 'a/b/c', 'a/b/c-d'];
  // nothing random, so that it does not matter what else was pushed before
  const push = (registry: RegistryBuilder, name: string): unknown =>
    registry
      .repository(name)
      .image({ tag: 'latest', config: `{"name":"${name}"}`, layers: [name, 'shared'] });
  for (const wanted of [...names.map(name => [name]), names]) {
    const [registry, alone] = [buildRegistry(), buildRegistry()];
    for (const name of names) push(registry, name);
    for (const name of wanted) push(alone, name);
    const { report, listing } = await scrapeTree(registry, wanted);
    assert.deepEqual(report.errors, []);
    assert.deepEqual(listing, alone.listing());
  }
});

test('ships what is attached to an image when it is asked for by its own tag', async () => {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  const image = app.image({ tag: '1.0' });
  const artifact = app.artifact({ subject: image });
  app.index([artifact], { tag: referrersTag(image) });
  app.signature(image);
  addBystanders(registry, 'team/app', '1.0');
  const hex = encodedOf(image.digest);
  const { report, listing } = await scrapeTree(registry, [
    `team/app:sha256-${hex}`,
    `team/app:sha256-${hex}.sig`,
  ]);
  assert.deepEqual([report.errors, report.warnings], [[], []]);
  assert.ok(listing.has(app.revisionLink(artifact)));
  assert.ok(!listing.has(app.revisionLink(image)));
});

test('what is wrong or odd about an image that a pattern found names the image', async () => {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  registry.flipBit(app.image({ tag: 'flipped' }));
  registry.flipBit(app.image({ tag: 'rotten' }).layer(0));
  app.schema1({ tag: 'old' });
  app.ghostTag('ghost');
  for (const entry of ['team/*:*', '{team,team}/app:{flipped,ghost,old,rotten}']) {
    const { report } = await scrapeTree(registry, entry, { keepGoing: true });
    assert.deepEqual(report.images.map(({ requested, status }) => [requested, status]).sort(), [
      ['team/app:flipped', 'failed'],
      ['team/app:ghost', 'failed'],
      ['team/app:old', 'copied'],
      ['team/app:rotten', 'failed'],
    ]);
    assert.deepEqual(report.errors.map(({ reference }) => reference).sort(), [
      'team/app:flipped',
      'team/app:ghost',
      'team/app:rotten',
    ]);
    assert.deepEqual(
      report.warnings.map(({ code, reference }) => [code, reference]),
      [['SCHEMA1', 'team/app:old']],
    );
  }
});
