import { mayMount, openWorkshop, type Workshop } from './image-workshop.ts';
import {
  pushArtifact,
  pushForeignLayer,
  pushHelmChart,
  pushNestedIndex,
  pushPlainLayers,
  pushSha512Layer,
  pushTwoPlatforms,
} from './odd-images.ts';
import { seededRandom } from './random.ts';
import { abortUpload, pullManifest, pushBlob } from './registry-client.ts';

/** What is special about an image. */
export type RealImageKind =
  | 'schema1'
  | 'schema2'
  | 'foreign layer'
  | 'oci'
  | 'zstd layers'
  | 'plain layers'
  | 'manifest list'
  | 'index'
  | 'nested index'
  | 'artifact'
  | 'referrers index'
  | 'helm chart'
  | 'sha512 layer'
  | 'moved tag'
  | 'by digest';

/** An image that a stock registry holds because it was pushed there. */
export interface RealImage {
  /** A short name, good as the name of a directory. */
  readonly name: string;
  readonly repository: string;
  /** null for one that no tag points to any more. */
  readonly tag: string | null;
  /** As a user writes it: `repository:tag` or `repository@digest`. */
  readonly reference: string;
  readonly digest: string;
  readonly kind: RealImageKind;
}

/**
 * Pushes one image of every kind that registries hold into the registry at `address` (`HOST:PORT`), with skopeo, umoci,
 * buildah and plain HTTP, and leaves the dirt there that real registries have: an unfinished upload, a blob nobody refers
 * to, old revisions of a moved tag. `scratch` is an existing directory for the clients' own files.
 */
export async function fillRegistry(address: string, scratch: string): Promise<readonly RealImage[]> {
  const workshop = await openWorkshop(address, scratch);
  const { url } = workshop;
  await makeImages(workshop);
  await pushImages(workshop);
  await pushLists(workshop);
  const old = await pullManifest(url, 'library/moved', 'latest');
  await workshop.copy('other', 'library/moved:latest', '--format=oci');
  await pushPlainLayers(url, [await workshop.layer('base', 600_000), await workshop.layer('plain', 90_000)]);
  await pushForeignLayer(url, await workshop.layer('beside-foreign', 80_000));
  await pushSha512Layer(url, await workshop.layer('by-sha512', 120_000));
  await pushNestedIndex(url, await workshop.layer('beside-inner', 50_000));
  await pushHelmChart(url, await workshop.layer('chart', 5_000));
  const referrers = await pushArtifact(url);
  await pushBlob(url, 'library/app', 'application/octet-stream', seededRandom('orphan').bytes(70_000));
  await abortUpload(url, 'library/app', seededRandom('unfinished').bytes(50_000));

  const image = async (
    name: string,
    repository: string,
    tag: string,
    kind: RealImageKind,
  ): Promise<RealImage> => {
    const { digest } = await pullManifest(url, repository, tag);
    return { name, repository, tag, reference: `${repository}:${tag}`, digest, kind };
  };
  return [
    await image('schema1', 'legacy/app', '1.0', 'schema1'),
    await image('schema2', 'library/app', 'schema2', 'schema2'),
    await image('foreign-layer', 'library/foreign', '1.0', 'foreign layer'),
    await image('oci', 'library/app', 'oci', 'oci'),
    await image('zstd', 'library/zstd', '1.0', 'zstd layers'),
    await image('plain', 'library/plain', '1.0', 'plain layers'),
    await image('list', 'multi/list', '1.0', 'manifest list'),
    await image('index', 'multi/index', '1.0', 'index'),
    await image('nested-index', 'multi/nested', '1.0', 'nested index'),
    await image('artifact', 'library/app', 'sbom', 'artifact'),
    await image('referrers', 'library/app', referrers, 'referrers index'),
    await image('helm', 'charts/demo', '0.1.0', 'helm chart'),
    await image('sha512', 'library/sha512', '1.0', 'sha512 layer'),
    await image('a', 'a', '1', 'schema2'),
    await image('a-b', 'a/b', '1', 'schema2'),
    await image('a-b-c', 'a/b/c', '1', 'schema2'),
    await image('moved', 'library/moved', 'latest', 'moved tag'),
    {
      name: 'old-revision',
      repository: 'library/moved',
      tag: null,
      reference: `library/moved@${old.digest}`,
      digest: old.digest,
      kind: 'by digest',
    },
  ];
}

async function makeImages(workshop: Workshop): Promise<void> {
  await workshop.makeImage('base', { base: 600_000 });
  await workshop.makeImage('app', { base: 600_000, app: 300_000 });
  await workshop.makeImage('other', { base: 600_000, other: 200_000 });
  await workshop.makeImage('zstd', { zstd: 400_000 });
}

async function pushImages(workshop: Workshop): Promise<void> {
  // its layer is in no other image: skopeo takes the gzip form of a layer instead where it saw that one pushed before
  await workshop.copy(
    'zstd',
    'library/zstd:1.0',
    '--format=oci',
    '--dest-compress',
    '--dest-compress-format=zstd',
  );
  await workshop.copy('app', 'legacy/app:1.0', '--format=v2s1');
  await workshop.copy('app', 'library/app:schema2', '--format=v2s2');
  await workshop.copy('app', 'library/app:oci', '--format=oci');
  for (const repository of ['a', 'a/b', 'a/b/c'])
    await workshop.copy('base', `${repository}:1`, '--format=v2s2');
  for (const image of ['base', 'app']) await workshop.copy(image, 'library/moved:latest', '--format=oci');
}

async function pushLists(workshop: Workshop): Promise<void> {
  const lists = [
    ['multi/list', '1.0', 'v2s2'],
    ['multi/index', '1.0', 'oci'],
    ['multi/nested', 'inner', 'oci'],
  ] as const;
  if (await mayMount()) {
    await workshop.makeList('multi', ['amd64', 'arm64']);
    for (const [repository, tag, format] of lists)
      await workshop.pushList('multi', `${repository}:${tag}`, format);
  } else {
    const layer = await workshop.layer('multi', 150_000);
    for (const [repository, tag, format] of lists)
      await pushTwoPlatforms(workshop.url, repository, tag, format, layer);
  }
}
