import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { parsePlatform } from '../oci/platform.ts';
import { shipment } from '../testing/bundle.ts';
import { formatted } from '../testing/formats.ts';
import { foreignLayer } from '../testing/parts.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import type { FormattedPlan } from './format.ts';

interface Element {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

const notes = (plan: FormattedPlan): string => plan.notes.map(({ message }) => message).join('\n');
const place = (digest: string): string => `blobs/${digest.replace(':', '/')}`;

/** What `docker load` finds, with every file that it needs. */
function elementsOf({ plan, closing }: FormattedPlan): readonly Element[] {
  const [manifest, ...others] = closing(plan.images);
  assert.equal(manifest?.path, 'manifest.json');
  assert.deepEqual(others, []);
  const elements = JSON.parse(manifest.content) as readonly Element[];
  const paths = plan.blobs.map(({ path }) => path);
  assert.equal(new Set(paths).size, paths.length);
  const needed = new Set(elements.flatMap(one => [one.Config, ...one.Layers]));
  assert.deepEqual(new Set(paths), needed);
  return elements;
}

async function failure(
  registry: RegistryBuilder,
  reference: string,
): Promise<{ message: string; hint: string }> {
  const plan = await formatted('docker-archive', registry, [reference]);
  assert.deepEqual(elementsOf(plan), []);
  const [[image, error] = []] = plan.failed;
  assert.equal(image?.requested, reference);
  assert.ok(isScraperError(error, 'UNSUPPORTED'));
  assert.equal(error.details.reference, reference);
  return { message: error.message, hint: error.details.hint ?? '' };
}

describe('an archive for docker load', () => {
  test('it holds config, layers in their order and the name of each image, and no manifests', async () => {
    const registry = buildRegistry();
    const app = registry.repository('team/app');
    const base = app.blob(900);
    const oci = app.image({ tag: '1', layers: [base, 100] });
    const docker = app.image({ tag: '2', layers: [base, 200, base], format: 'docker' });
    const plan = await formatted('docker-archive', registry, ['team/app:1', 'team/app:2']);
    const element = (name: string, image: typeof oci): Element => ({
      Config: place(image.config.digest),
      RepoTags: [name],
      Layers: image.layers.map(({ digest }) => place(digest)),
    });
    assert.deepEqual(elementsOf(plan), [element('team/app:1', oci), element('team/app:2', docker)]);
    assert.ok(plan.plan.blobs.every(({ role }) => role !== 'manifest'));
    assert.equal(plan.plan.images[1]?.bytes, 900 + 200 + docker.config.size);
    assert.equal(plan.plan.images[1].sharedBytes, 900);
    assert.equal(plan.plan.totals.bytes, 1200 + oci.config.size + docker.config.size);
    assert.equal(
      notes(plan),
      'team/app:1, team/app:2: an archive for docker load holds no manifests, so digests are lost; image IDs stay',
    );
  });

  test('of an index the only platform that was chosen is taken, and nothing of attestations', async () => {
    const registry = buildRegistry();
    const app = registry.repository('team/app');
    const [one, two] = ['linux/amd64', 'linux/arm64'].map(platform => app.image({ platform }));
    assert.ok(one && two);
    app.index([one, app.attestation(one), two, app.attestation(two)], { tag: 'all' });
    app.index([one, app.attestation(one)], { tag: 'single' });
    const arm = { platforms: [parsePlatform('linux/arm64')] };
    const chosen = await formatted('docker-archive', registry, ['team/app:all'], arm);
    assert.deepEqual(elementsOf(chosen)[0]?.Config, place(two.config.digest));
    assert.match(
      notes(chosen),
      /team\/app:all: the image of one platform is taken, the index above it is left out/,
    );
    assert.equal(
      elementsOf(await formatted('docker-archive', registry, ['team/app:single']))[0]?.Config,
      place(one.config.digest),
    );
    const { message, hint } = await failure(registry, 'team/app:all');
    assert.equal(
      message,
      'team/app:all is an index of linux/amd64, linux/arm64; an archive for docker load holds one platform of an image',
    );
    assert.equal(hint, 'choose it with --platform linux/amd64');
  });

  test('an index in an index is looked into', async () => {
    const registry = buildRegistry();
    const app = registry.repository('team/app');
    const image = app.image();
    app.index([app.index([image])], { tag: '1' });
    const plan = await formatted('docker-archive', registry, ['team/app:1']);
    assert.deepEqual(
      elementsOf(plan).map(({ Config }) => Config),
      [place(image.config.digest)],
    );
  });

  test('one image with several names stands once, one without a name has none', async () => {
    const registry = buildRegistry();
    const app = registry.repository('team/app');
    const image = app.image({ tag: '1' });
    app.tag('2', image);
    const loose = app.image();
    const plan = await formatted('docker-archive', registry, [
      'team/app:1',
      'team/app:2',
      `team/app@${loose.digest}`,
    ]);
    assert.deepEqual(
      elementsOf(plan).map(({ RepoTags }) => RepoTags),
      [['team/app:1', 'team/app:2'], []],
    );
    assert.match(notes(plan), /team\/app@sha256:\w+: it has no tag here, so it is loaded without a name/);
  });

  test('what is about an image is left out and told, and so are zstd layers', async () => {
    const registry = buildRegistry();
    const app = registry.repository('team/app');
    const image = app.image({ tag: '1', compression: 'zstd' });
    app.signature(image);
    app.artifact({ subject: image });
    const plan = await formatted('docker-archive', registry, ['team/app:1']);
    assert.equal(elementsOf(plan).length, 1);
    assert.match(notes(plan), /team\/app:1: signatures and whatever else is about it are left out/);
    assert.match(
      notes(plan),
      /team\/app:1: its layers are compressed by zstd, which docker reads from version 23\.0 on/,
    );
  });

  test('what is no image that can be run is refused', async () => {
    const { registry } = shipment();
    const app = registry.repository('odd');
    app.artifact({ tag: 'report' });
    app.chart({ tag: 'chart' });
    const signature = app.signature(app.image({ tag: 'signed' }));
    app.index([app.artifact()], { tag: 'artifacts' });
    app.image({ tag: 'foreign', layers: [foreignLayer(100), 50] });
    assert.match(
      (await failure(registry, 'other:old')).message,
      /is a schema1 image, which an archive for docker load cannot hold/,
    );
    assert.match(
      (await failure(registry, 'odd:report')).message,
      /is no image that could be run but an artifact of type application\/vnd\.example\.report\.v1$/,
    );
    assert.match(
      (await failure(registry, 'odd:chart')).message,
      /but an artifact of type application\/vnd\.cncf\.helm\.config\.v1\+json$/,
    );
    assert.match(
      (await failure(registry, `odd@${signature.digest}`)).message,
      /is no image that could be run but an artifact/,
    );
    assert.match(
      (await failure(registry, 'odd:artifacts')).message,
      /is an index without an image that could be run/,
    );
    assert.match(
      (await failure(registry, 'other:cache')).message,
      /is an index without an image that could be run/,
    );
    const foreign = await failure(registry, 'odd:foreign');
    assert.match(
      foreign.message,
      /layer 1 of odd:foreign is not in the registry but is fetched from https:\/\/example\.com\/layer/,
    );
    assert.ok(foreign.hint);
  });

  test('a layer that could be fetched from elsewhere is taken when the registry has it', async () => {
    const registry = buildRegistry();
    const image = registry
      .repository('win')
      .image({ tag: '1', layers: [foreignLayer(100, { stored: true }), 50] });
    const [element] = elementsOf(await formatted('docker-archive', registry, ['win:1']));
    assert.deepEqual(
      element?.Layers,
      image.layers.map(({ digest }) => place(digest)),
    );
  });
});
