import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WarningCode } from './errors.ts';
import { addBystanders } from './testing/bystanders.ts';
import { mediaTypes } from './testing/media-types.ts';
import { emptyPart, foreignLayer } from './testing/parts.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import type { RepositoryBuilder } from './testing/repository.ts';
import { scrapeTree } from './testing/scrape.ts';
import { assertServable } from './testing/servable.ts';

interface Situation {
  readonly registry: RegistryBuilder;
  /** Holds what is pushed. */
  readonly app: RepositoryBuilder;
  /** What follows is to be looked for in the source, but a registry that only ever got the image would not have it. */
  readonly source: boolean;
}

interface Kind {
  /** Pushes the image as `team/app:1.0`. */
  readonly push: (situation: Situation) => unknown;
  readonly mediaType?: string;
  readonly platforms?: readonly string[];
  readonly warnings?: readonly WarningCode[];
}

const tag = '1.0';
const amd64 = ['linux/amd64'];
const both = ['linux/amd64', 'linux/arm64'];
const { docker, oci } = mediaTypes;
const ociImage = { mediaType: oci.manifest, platforms: amd64 };
const ociIndex = { mediaType: oci.index, platforms: both };
const noLink = ({ registry, source }: Situation, path: string): void => {
  if (source) registry.remove(path);
};

const kinds: Readonly<Record<string, Kind>> = {
  'a docker image': {
    push: ({ app }) => app.image({ tag, format: 'docker' }),
    mediaType: docker.manifest,
    platforms: amd64,
  },
  'an OCI image': { push: ({ app }) => app.image({ tag }), ...ociImage },
  'an OCI image with zstd layers': {
    push: ({ app }) => app.image({ tag, compression: 'zstd' }),
    ...ociImage,
  },
  'an OCI image with plain layers': {
    push: ({ app }) => app.image({ tag, compression: 'none' }),
    ...ociImage,
  },
  'an image that does not name its media type': {
    push: ({ app }) => app.image({ tag, overrides: { mediaType: undefined } }),
    ...ociImage,
  },
  'an image without layers': { push: ({ app }) => app.image({ tag, layers: [] }), ...ociImage },
  'an image whose layers are null': {
    push: ({ app }) => app.image({ tag, layers: [], overrides: { layers: null } }),
    ...ociImage,
  },
  'an image with one layer twice': {
    push: ({ app }) => app.image({ tag, layers: [app.blob(700), 300, 700, app.blob('again'), 'again'] }),
    ...ociImage,
  },
  'an image with an empty layer': { push: ({ app }) => app.image({ tag, layers: ['', 10] }), ...ociImage },
  'an image of unknown media types': {
    push: ({ app }) => {
      const config = { content: 'settings', mediaType: 'application/vnd.example.settings' };
      app.image({ tag, config, layers: [{ content: 'model', mediaType: 'application/vnd.example.model' }] });
    },
    mediaType: oci.manifest,
    platforms: [],
  },
  'a Helm chart with provenance': {
    push: ({ app }) => app.chart({ tag, provenance: true }),
    mediaType: oci.manifest,
    platforms: [],
  },
  'an artifact': { push: ({ app }) => app.artifact({ tag }), mediaType: oci.manifest, platforms: [] },
  'an artifact whose empty config the source lacks': {
    push: ({ app, source }) => app.artifact({ tag, emptyStored: !source }),
    platforms: [],
  },
  'an artifact whose empty layer the source lacks': {
    push: ({ app, source }) => app.artifact({ tag, layers: [emptyPart(!source)] }),
    platforms: [],
  },
  'an artifact without what it refers to': {
    push: ({ app, source }) => app.artifact({ tag, subject: app.image({ tag: 'subject', stored: source }) }),
    platforms: [],
  },

  'a manifest list': {
    push: ({ app }) => {
      const format = 'docker';
      const children = [app.image({ format }), app.image({ format, platform: 'linux/arm64' })];
      app.index(children, { tag, format });
    },
    mediaType: docker.index,
    platforms: both,
  },
  'an OCI index': {
    push: ({ app }) => app.index([app.image(), app.image({ platform: 'linux/arm64' })], { tag }),
    ...ociIndex,
  },
  'an index that does not name its media type': {
    push: ({ app }) => {
      const children = [app.image(), app.image({ platform: 'linux/arm64' })];
      app.index(children, { tag, overrides: { mediaType: undefined } });
    },
    ...ociIndex,
  },
  'an index of nothing': {
    push: ({ app, registry }) => {
      // a registry that never got a blob has neither of these, but one that serves images does
      registry.tree.set(`${app.directory}/_layers`, 'directory');
      registry.tree.set(`${app.directory}/_uploads`, 'directory');
      app.index([], { tag });
    },
    platforms: [],
  },
  'an index with attestations': {
    push: ({ app }) => {
      const image = app.image();
      app.index([image, app.attestation(image)], { tag });
    },
    mediaType: oci.index,
    platforms: amd64,
  },
  'indexes within indexes': {
    push: ({ app }) => {
      const inner = app.index([app.image({ platform: 'linux/arm/v7' })], { format: 'docker' });
      const image = app.image();
      app.index([app.index([inner, image]), image], { tag });
    },
    platforms: ['linux/amd64', 'linux/arm/v7'],
  },
  'an index with one child several times': {
    push: ({ app }) => {
      const image = app.image();
      app.index([image, image, app.index([image, image]).descriptor, image.descriptor], { tag });
    },
    platforms: amd64,
  },
  'an index that names types of entries wrongly or not at all': {
    push: ({ app }) => {
      const unnamed = { ...app.image().descriptor, mediaType: undefined };
      const odd = { ...app.image({ platform: 'linux/arm64' }).descriptor, mediaType: 'application/vnd.odd' };
      app.index([], { tag, overrides: { manifests: [unnamed, odd] } });
    },
    ...ociIndex,
  },
  'an index that does not say what its entries are for': {
    push: ({ app }) => {
      const children = [app.image(), app.image({ platform: 'linux/arm64' })];
      const manifests = children.map(({ descriptor }) => ({ ...descriptor, platform: undefined }));
      app.index([], { tag, overrides: { manifests } });
    },
    ...ociIndex,
  },
  'an index that says better than its entries what they are for': {
    push: ({ app }) => {
      const { descriptor } = app.image({ platform: 'linux/arm' });
      const platform = { os: 'linux', architecture: 'arm', variant: 'v6' };
      app.index([{ ...descriptor, platform }], { tag });
    },
    platforms: ['linux/arm/v6'],
  },
  'a sparse index': {
    push: ({ app }) =>
      app.index([app.image(), app.image({ platform: 'linux/arm64', stored: false })], { tag }),
    mediaType: oci.index,
    platforms: amd64,
    warnings: ['SPARSE_INDEX'],
  },
  'a build cache': { push: ({ app }) => app.cacheIndex({ tag }), mediaType: oci.index, platforms: [] },
  'a manifest among the layers': {
    push: ({ app }) => {
      const inner = app.image({ layers: [40] });
      app.image({ tag, layers: [100, { content: inner, mediaType: oci.manifest }] });
    },
    ...ociImage,
  },
  'a config that calls itself a manifest and is none': {
    push: ({ app }) =>
      app.image({ tag, config: { content: 'settings', mediaType: oci.manifest }, layers: [100] }),
    mediaType: oci.manifest,
    platforms: [],
  },
  'an index with a withdrawn artifact manifest': {
    push: ({ app, source }) => app.index([app.image(), app.artifactManifest({ stored: source })], { tag }),
    warnings: ['ARTIFACT_MANIFEST_SKIPPED'],
  },

  'a schema1 image': {
    push: ({ app }) => app.schema1({ tag }),
    mediaType: mediaTypes.schema1,
    platforms: amd64,
    warnings: ['SCHEMA1'],
  },
  'a signed schema1 image with one layer several times': {
    push: ({ app }) => app.schema1({ tag, signature: 'inline', typed: true, layers: ['a', 'b', 'a', 'a'] }),
    mediaType: mediaTypes.signedSchema1,
    platforms: amd64,
    warnings: ['SCHEMA1'],
  },
  'a schema1 image with its signature beside it': {
    push: ({ app }) => app.schema1({ tag, signature: 'linked' }),
    warnings: ['SCHEMA1'],
  },
  'a schema1 image whose signature is lost': {
    push: ({ app, registry, source }) => {
      const { signatures } = app.schema1({ tag, signature: source ? 'linked' : 'none' });
      for (const signature of signatures) registry.remove(signature);
    },
    warnings: ['SCHEMA1', 'SIGNATURE_MISSING'],
  },

  'an image with a layer to be fetched elsewhere': {
    push: ({ app }) => app.image({ tag, layers: [foreignLayer(900), 100] }),
    ...ociImage,
    warnings: ['LAYER_NOT_DISTRIBUTED'],
  },
  'a docker image with a foreign layer': {
    push: ({ app }) =>
      app.image({ tag, format: 'docker', layers: [foreignLayer(900, { format: 'docker' })] }),
    warnings: ['LAYER_NOT_DISTRIBUTED'],
  },
  'an image with a layer to be fetched elsewhere that only another repository stores': {
    push: ({ app, registry, source }) => {
      if (source) registry.repository('team/other').blob('windows');
      app.image({ tag, layers: [foreignLayer('windows'), 100] });
    },
    warnings: ['LAYER_NOT_DISTRIBUTED'],
  },
  'an image with layers that are not to be distributed and yet stored': {
    push: ({ app }) => {
      const layers = (['none', 'gzip', 'zstd'] as const).map(compression =>
        foreignLayer(200, { compression, stored: true }),
      );
      app.image({ tag, layers });
    },
    ...ociImage,
  },

  'an image with a layer and a config named by SHA-512': {
    push: ({ app }) => {
      const config = { content: '{"os":"linux","architecture":"amd64"}', algorithm: 'sha512' } as const;
      app.image({ tag, config, layers: [{ content: 300, algorithm: 'sha512' }, 200] });
    },
    ...ociImage,
    warnings: ['DIGEST_ALIAS', 'DIGEST_ALIAS'],
  },
  'an image with one layer named by two algorithms': {
    push: ({ app }) => {
      const layer = app.blob(500);
      app.image({ tag, layers: [layer, { content: layer, algorithm: 'sha512' }] });
    },
    ...ociImage,
    warnings: ['DIGEST_ALIAS'],
  },
  'an image that is linked as registry 2.1 did': {
    push: ({ app, source }) => app.image({ tag, linkedIn: source ? 'layers' : 'revisions' }),
    ...ociImage,
  },
  'an index whose child is linked as registry 2.1 did': {
    push: ({ app, source }) => app.index([app.image({ linkedIn: source ? 'layers' : 'revisions' })], { tag }),
    mediaType: oci.index,
    platforms: amd64,
  },
  'an image whose layer links are lost': {
    push: situation => {
      const { config, layers } = situation.app.image({ tag });
      for (const blob of [config, ...layers]) noLink(situation, situation.app.layerLink(blob));
    },
    ...ociImage,
    warnings: ['LINK_MISSING', 'LINK_MISSING', 'LINK_MISSING'],
  },
  'an index that does not say of what type a child is whose link is lost': {
    push: situation => {
      const { mediaType: _, ...child } = situation.app.image().descriptor;
      situation.app.index([], { tag, overrides: { manifests: [child] } });
      noLink(situation, situation.app.revisionLink(child.digest));
    },
    warnings: ['LINK_MISSING'],
  },
  'an index whose child lost its link': {
    push: situation => {
      const child = situation.app.image();
      situation.app.index([child], { tag });
      noLink(situation, situation.app.revisionLink(child));
    },
    warnings: ['LINK_MISSING'],
  },
};

for (const [name, { push, mediaType, platforms, warnings = [] }] of Object.entries(kinds)) {
  test(`ships ${name} as a registry would hold it that only ever got this push`, async () => {
    const [registry, alone] = [buildRegistry(name), buildRegistry(name)];
    push({ registry, app: registry.repository('team/app'), source: true });
    addBystanders(registry, 'team/app', tag);
    push({ registry: alone, app: alone.repository('team/app'), source: false });

    const { report, listing, output } = await scrapeTree(registry, 'team/app:1.0');
    assert.deepEqual(report.errors, []);
    assert.deepEqual(report.warnings.map(({ code }) => code).sort(), [...warnings].sort());
    assert.deepEqual(listing, alone.listing());
    assertServable(output);
    const [image] = report.images;
    assert.equal(image?.status, 'copied');
    if (mediaType !== undefined) assert.equal(image.mediaType, mediaType);
    if (platforms) assert.deepEqual([...image.platforms].sort(), [...platforms].sort());
  });
}
