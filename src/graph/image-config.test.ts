import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import { parseManifest, type Manifest } from '../oci/manifest.ts';
import { registrySource, type RegistrySource } from '../registry/source.ts';
import { CREATED, type Image } from '../testing/image.ts';
import { buildRegistry } from '../testing/registry.ts';
import type { RepositoryBuilder } from '../testing/repository.ts';
import { readImageConfig, type ImageConfig } from './image-config.ts';

const [registry, warn] = [buildRegistry(), (): void => undefined];
const app = registry.repository('app');
const source = (): RegistrySource => registrySource(registry.driver(), warn);
const read = (image: Pick<Image, 'bytes'>, from: RegistrySource = source()): Promise<ImageConfig> =>
  readImageConfig({ source: from, repository: 'app' }, parsed(image));
const parsed = ({ bytes }: Pick<Image, 'bytes'>): Manifest => parseManifest(bytes);
const withConfig = (config: Parameters<RepositoryBuilder['image']>[0] & object): Image => app.image(config);

const about = { platform: { os: 'linux', architecture: 'amd64' }, created: Date.parse(CREATED) };

test('an image says what it is for and when it was made', async () => {
  assert.deepEqual(await read(app.image()), about);
});

test('only an image’s config is read for that', async () => {
  const content = JSON.stringify({ os: 'linux', architecture: 'amd64', created: CREATED });
  assert.deepEqual(await read(withConfig({ config: { content, mediaType: 'application/a' } })), {});
  assert.deepEqual(await read(withConfig({ config: content })), about);
  assert.deepEqual(await read(app.index([app.image()])), {});
});

test('a config that says nothing, or not so that one can read it, is none', async () => {
  for (const config of ['{', 'null', '[]', '{"created":5}', '{"created":"then"}', '{"os":"linux"}'])
    assert.deepEqual(await read(withConfig({ config })), {}, config);
});

test('the link says where a config is that is named by another algorithm, and only then is it asked', async () => {
  const config = { content: app.blob('{"created":"2026-01-02T03:04:05Z"}'), algorithm: 'sha512' } as const;
  assert.deepEqual(await read(withConfig({ config })), { created: about.created });
  const asked = (): never => assert.fail('asked for a link');
  assert.deepEqual(await read(app.image(), { ...source(), linkTarget: asked }), about);
});

test('what is wrong with a config is no error, what is wrong with the disk or the program is one', async () => {
  const failing = (error: Error): Promise<ImageConfig> =>
    read(app.image(), { ...source(), readBlob: () => Promise.reject(error) });
  assert.deepEqual(await failing(new ScraperError('BLOB_UNKNOWN', 'gone')), {});
  for (const error of [new ScraperError('IO_ERROR', 'reading'), new TypeError('no function')])
    await assert.rejects(failing(error), thrown => thrown === error);
});
