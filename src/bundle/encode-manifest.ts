import { byKey } from './links.ts';
import type { BundleImage, BundleManifest, BundleRepository, ShippedBlob } from './manifest.ts';
import { readableJson, type Json } from './readable-json.ts';

/** The one text form of a manifest: fixed order of keys, a line for each blob, UTF-8, a newline at the end. */
export function encodeManifest(manifest: BundleManifest): Buffer {
  const { schemaVersion, tool, selection, images, repositories, blobs, base, totals } = manifest;
  const json = object([
    ['schemaVersion', schemaVersion],
    ['tool', fields(tool, ['name', 'version'])],
    [
      'selection',
      fields(selection, [
        ...([
          'references',
          'from',
          'exclude',
          'tagRegex',
          'semver',
          'prerelease',
          'newest',
          'newestBy',
        ] as const),
        ...(['platforms', 'referrers', 'rename'] as const),
      ]),
    ],
    ['images', images.map(imageJson)],
    ['totals', fields(totals, ['images', 'blobs', 'bytes', 'baseBlobs', 'baseBytes'])],
    ['repositories', repositories.map(repositoryJson)],
    ['blobs', blobs.map(blobJson)],
    [
      'base',
      base &&
        object([
          ['sources', base.sources.map(source => fields(source, ['kind', 'digest']))],
          ['blobs', base.blobs.map(blobJson)],
        ]),
    ],
  ]);
  return Buffer.from(readableJson(json));
}

function imageJson({ referrers, ...image }: BundleImage): Json {
  return object([
    ...fields(image, ['repository', 'tag', 'digest', 'mediaType', 'platforms', 'bytes']),
    ['referrers', referrers.map(one => fields(one, ['digest', 'subject', 'artifactType']))],
  ]);
}

function repositoryJson({ name, tags, revisions, layers, signatures, aliases }: BundleRepository): Json {
  return object([
    ['name', name],
    ['tags', sorted(tags)],
    ['revisions', revisions],
    ['layers', layers],
    ...(signatures ? [['signatures', sorted(signatures)] as const] : []),
    ...(aliases ? [['aliases', sorted(aliases)] as const] : []),
  ]);
}

function blobJson({ digest, size, manifest }: ShippedBlob): Json {
  return object([['digest', digest], ['size', size], ...(manifest ? [['manifest', true] as const] : [])]);
}

function fields<T extends object, K extends keyof T & string>(
  value: T & Readonly<Record<K, Json>>,
  keys: readonly K[],
): ReadonlyMap<string, Json> {
  return object(keys.map(key => [key, value[key]]));
}

function sorted(record: Readonly<Record<string, Json>>): ReadonlyMap<string, Json> {
  return object(Object.entries(record).sort(byKey));
}

function object(entries: Iterable<readonly [string, Json]>): ReadonlyMap<string, Json> {
  return new Map(entries);
}
