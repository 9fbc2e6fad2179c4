import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { parseManifest, childrenOf } from '../oci/manifest.ts';
import { parsePlatform } from '../oci/platform.ts';
import { shipment } from '../testing/bundle.ts';
import { formatted } from '../testing/formats.ts';
import { gather } from '../testing/gather.ts';
import { mediaTypes } from '../testing/media-types.ts';
import { foreignLayer } from '../testing/parts.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import { unverifiedBlob } from '../unverified.ts';
import type { FormattedPlan } from './format.ts';
import { layoutIndex, readLayoutIndex, type LayoutEntry } from './oci-index.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';
const nameOf = (entry: LayoutEntry): string | undefined => entry.annotations?.[REF_NAME];
const notes = (plan: FormattedPlan): string => plan.notes.map(({ message }) => message).join('\n');

/** The layout as files, every blob proved by the name it has there. */
async function unpack(
  { plan, closing }: FormattedPlan,
  registry: RegistryBuilder,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const blob of plan.blobs) {
    const bytes = Buffer.concat(await gather(unverifiedBlob(registry.driver(), blob).stream()));
    const [, algorithm = '', hex] = blob.path.split('/');
    assert.equal(createHash(algorithm).update(bytes).digest('hex'), hex, blob.path);
    assert.ok(!files.has(blob.path));
    files.set(blob.path, bytes);
  }
  for (const { path, content } of closing(plan.images)) files.set(path, Buffer.from(content));
  return files;
}

function entriesOf(files: ReadonlyMap<string, Buffer>): readonly LayoutEntry[] {
  return readLayoutIndex(files.get('index.json') ?? assert.fail(), 'x').entries;
}

/** Goes down to every blob as a reader of the layout does; returns the paths that it came by. */
function walk(files: ReadonlyMap<string, Buffer>, optional = /$^/): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = ({ digest, size }: { readonly digest: string; readonly size?: number }): void => {
    const path = `blobs/${digest.replace(':', '/')}`;
    if (seen.has(path) || optional.test(digest)) return;
    const bytes = files.get(path) ?? assert.fail(`${path} is missing`);
    assert.equal(bytes.length, size ?? bytes.length);
    seen.add(path);
    if (!bytes.includes('"schemaVersion"')) return;
    for (const { descriptor } of childrenOf(parseManifest(bytes))) visit(descriptor);
  };
  for (const entry of entriesOf(files)) visit(entry);
  return seen;
}

describe('an OCI image layout', () => {
  test('it holds every image of whatever kind under its name, and all that the image needs', async () => {
    const { registry, references } = shipment();
    const plan = await formatted(
      'oci',
      registry,
      references.filter(one => one !== 'other:old'),
    );
    const files = await unpack(plan, registry);
    assert.equal(files.get('oci-layout')?.toString(), '{"imageLayoutVersion":"1.0.0"}\n');
    assert.equal(parseManifest(files.get('index.json') ?? assert.fail()).kind, 'index');
    const names = entriesOf(files).map(nameOf);
    for (const name of references.filter(one => one !== 'other:old')) assert.ok(names.includes(name), name);
    const reached = walk(files);
    // a Docker list stands beside the index made for it, for whoever knows its digest
    const beside = plan.plan.blobs.filter(blob => !reached.has(blob.path));
    assert.deepEqual(
      beside.map(({ role }) => role),
      ['manifest'],
    );
    assert.equal(plan.failed.size, 0);
    assert.ok(plan.plan.images.every(image => image.links.length === 0 && image.directories.length === 0));
  });

  test('bytes and digests of OCI images stay as they are', async () => {
    const registry = buildRegistry();
    const app = registry.repository('team/app');
    const image = app.image({ tag: '1' });
    const index = app.index([image, app.image({ platform: 'linux/arm64' })], { tag: 'all' });
    const plan = await formatted('oci', registry, ['team/app:1', 'team/app:all']);
    const files = await unpack(plan, registry);
    assert.deepEqual(entriesOf(files), [
      { ...bare(image.descriptor), annotations: { [REF_NAME]: 'team/app:1' } },
      { ...bare(index.descriptor), annotations: { [REF_NAME]: 'team/app:all' } },
    ]);
    assert.deepEqual(files.get(`blobs/sha256/${index.digest.slice(7)}`), index.bytes);
    assert.deepEqual(plan.notes, []);
    assert.equal(
      plan.plan.totals.bytes,
      plan.plan.blobs.reduce((sum, { size }) => sum + size, 0),
    );
    assert.equal(plan.plan.images[1]?.sharedBytes, plan.plan.images[0]?.bytes);
  });

  test('the name of a Docker image leads to an index that lists it with its digest', async () => {
    const registry = buildRegistry();
    const app = registry.repository('team/app');
    const image = app.image({ tag: '1', format: 'docker' });
    const plan = await formatted('oci', registry, ['team/app:1']);
    const files = await unpack(plan, registry);
    const [entry] = entriesOf(files);
    assert.equal(entry?.mediaType, mediaTypes.oci.index);
    const wrapper: unknown = JSON.parse(String(files.get(`blobs/sha256/${entry.digest.slice(7)}`)));
    assert.deepEqual(wrapper, {
      schemaVersion: 2,
      mediaType: mediaTypes.oci.index,
      manifests: [bare(image.descriptor)],
    });
    assert.deepEqual(files.get(`blobs/sha256/${image.digest.slice(7)}`), image.bytes);
    assert.match(notes(plan), /^team\/app:1: in Docker format; .* the image itself keeps its digest$/);
    walk(files);
  });

  test('a Docker manifest list becomes an index of what is taken of it, word for word', async () => {
    const registry = buildRegistry();
    const app = registry.repository('team/app');
    const [one, two] = ['linux/amd64', 'linux/arm64/v8'].map(platform =>
      app.image({ platform, format: 'docker' }),
    );
    assert.ok(one && two);
    const platform = { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763' };
    const list = app.index([one, two, { ...two.descriptor, platform }], { tag: 'all', format: 'docker' });
    const listed = (JSON.parse(list.bytes.toString()) as { manifests: unknown[] }).manifests;
    const indexFor = async (settings = {}): Promise<unknown> => {
      const plan = await formatted('oci', registry, ['team/app:all'], settings);
      const files = await unpack(plan, registry);
      walk(files);
      assert.match(
        notes(plan),
        /^team\/app:all: a Docker manifest list; .*signature of the list does not fit it$/,
      );
      return JSON.parse(String(files.get(`blobs/sha256/${entriesOf(files)[0]?.digest.slice(7) ?? ''}`)));
    };
    const shape = { schemaVersion: 2, mediaType: mediaTypes.oci.index };
    assert.deepEqual(await indexFor(), { ...shape, manifests: listed });
    const kept = await indexFor({ platforms: [parsePlatform('linux/amd64')] });
    assert.deepEqual(kept, { ...shape, manifests: listed.slice(0, 1) });
  });

  test('what signs or describes an image stands beside it: by its tag, and else without a name', async () => {
    const registry = buildRegistry();
    const app = registry.repository('team/app');
    const image = app.image({ tag: '1' });
    const signature = app.signature(image);
    const report = app.artifact({ subject: image });
    const files = await unpack(await formatted('oci', registry, ['team/app:1']), registry);
    const entries = entriesOf(files);
    const found = (digest: string): readonly (string | undefined)[] =>
      entries.filter(entry => entry.digest === digest).map(nameOf);
    assert.deepEqual(found(image.digest), ['team/app:1']);
    assert.deepEqual(found(signature.digest), [`team/app:${image.digest.replace(':', '-')}.sig`]);
    assert.deepEqual(found(report.digest), [undefined]);
    const all = new Set(entries.map(entry => `${entry.digest} ${nameOf(entry) ?? ''}`));
    assert.equal(all.size, entries.length);
  });

  test('a blob stands under the digest that it is named by, and under both if it is named by two', async () => {
    const registry = buildRegistry();
    const app = registry.repository('team/app');
    const layer = app.blob(500);
    app.image({ tag: '1', layers: [{ content: layer, algorithm: 'sha512' }] });
    app.image({ tag: '2', layers: [layer] });
    const paths = async (references: readonly string[]): Promise<readonly string[]> => {
      const plan = await formatted('oci', registry, references);
      walk(await unpack(plan, registry));
      return plan.plan.blobs
        .filter(blob => blob.digest === layer.stored)
        .map(({ path }) => path.slice(0, 13));
    };
    assert.deepEqual(await paths(['team/app:1']), ['blobs/sha512/']);
    assert.deepEqual(await paths(['team/app:2']), ['blobs/sha256/']);
    assert.deepEqual(await paths(['team/app:1', 'team/app:2']), ['blobs/sha256/', 'blobs/sha512/']);
  });

  test('a layer that clients fetch from elsewhere may be absent', async () => {
    const registry = buildRegistry();
    registry.repository('win').image({ tag: '1', layers: [foreignLayer(300), 200] });
    const plan = await formatted('oci', registry, ['win:1']);
    assert.equal(plan.failed.size, 0);
    const { layers } = JSON.parse(
      String(
        (await unpack(plan, registry)).get(
          plan.plan.blobs.find(({ role }) => role === 'manifest')?.path ?? '',
        ),
      ),
    ) as { layers: { digest: string; urls?: unknown }[] };
    const foreign = layers.find(layer => layer.urls)?.digest ?? '';
    walk(await unpack(plan, registry), new RegExp(foreign));
  });

  test('schema1 cannot be held, and is told before anything else', async () => {
    const { registry, references } = shipment();
    const plan = await formatted('oci', registry, references);
    const [[image, error] = []] = plan.failed;
    assert.equal(plan.failed.size, 1);
    assert.equal(image?.requested, 'other:old');
    assert.ok(isScraperError(error, 'UNSUPPORTED'));
    assert.match(error.message, /other:old is or holds a schema1 image/);
    assert.equal(error.details.reference, 'other:old');
    assert.ok(error.details.hint);
    assert.equal(plan.plan.images.length, references.length - 1);
    walk(await unpack(plan, registry));
  });

  test('names that skopeo and podman do not look for are told', async () => {
    const registry = buildRegistry();
    for (const [repository, tag] of [
      ['a', '1'],
      ['a__b', '1'],
      ['c', '1.'],
      ['d', '_x'],
      ['e', '1_-2'],
      ['f---g', '1'],
    ] as const)
      registry.repository(repository).image({ tag });
    const plan = await formatted('oci', registry, ['a:1', 'a__b:1', 'c:1.', 'd:_x', 'e:1_-2', 'f---g:1']);
    assert.match(
      notes(plan),
      /^a__b:1, c:1\., d:_x and 2 more: skopeo and podman refuse to look for such a name/,
    );
  });

  test('the index names the images that are there, in the order of the plan', async () => {
    const registry = buildRegistry();
    const app = registry.repository('a');
    for (const tag of ['1', '2', '3']) app.image({ tag });
    const { plan, closing } = await formatted('oci', registry, ['a:1', 'a:2', 'a:3']);
    const [, index] = closing(plan.images.filter(image => image.tag !== '2'));
    const names = readLayoutIndex(Buffer.from(index?.content ?? ''), 'x').entries.map(nameOf);
    assert.deepEqual(names, ['a:1', 'a:3']);
  });

  test('what a layout held before stays, unless its name is given anew', async () => {
    const registry = buildRegistry();
    const app = registry.repository('a');
    const image = app.image({ tag: '1' });
    const strange = {
      mediaType: 'x/y',
      digest: 'sha256:old',
      size: 1,
      artifactType: 'z',
      annotations: { [REF_NAME]: 'b:1', other: 'q' },
    };
    const before = [
      strange,
      { mediaType: 'x/y', digest: 'sha256:older', size: 1, annotations: { [REF_NAME]: 'a:1' } },
      { mediaType: 'x/y', digest: 'sha256:unnamed', size: 1 },
    ];
    const existing = readLayoutIndex(Buffer.from(layoutIndex(before)), 'x');
    const plan = await formatted('oci', registry, ['a:1'], { existing });
    assert.equal(plan.listed.size, 0);
    const entries = entriesOf(await unpack(plan, registry));
    assert.deepEqual(entries, [
      before[0],
      before[2],
      { ...bare(image.descriptor), annotations: { [REF_NAME]: 'a:1' } },
    ]);
    const again = await formatted('oci', registry, ['a:1'], { existing: { entries } });
    assert.deepEqual([...again.listed], again.plan.images);
    assert.deepEqual(entriesOf(await unpack(again, registry)), entries);
  });

  test('an index that is none is refused', () => {
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{}',
      '{"manifests":1}',
      '{"manifests":[null]}',
      '{"manifests":[{"digest":1}]}',
    ])
      assert.throws(
        () => readLayoutIndex(Buffer.from(text), 'out/index.json'),
        error =>
          isScraperError(error, 'OUTPUT_INVALID') &&
          error.message.startsWith('out/index.json is not the index'),
        text,
      );
  });
});

function bare({ mediaType, digest, size }: LayoutEntry): LayoutEntry {
  return { mediaType, digest, size };
}
