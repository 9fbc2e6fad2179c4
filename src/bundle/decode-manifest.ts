import * as v from 'valibot';
import { ScraperError } from '../errors.ts';
import { isDigest, type Digest } from '../oci/digest.ts';
import { findAmbiguousKey } from '../oci/json.ts';
import { isRepository, isTag } from '../oci/reference.ts';
import { findContradiction } from './contradiction.ts';
import type { BundleManifest } from './manifest.ts';

/** Longest manifest that is read, in bytes: that of some two million blobs. */
export const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;

const text = v.string();
const texts = v.array(text);
const count = v.pipe(
  v.number(),
  v.safeInteger(issue => `expected a whole number, found ${String(issue.input)}`),
  v.minValue(0, issue => `expected 0 or more, found ${String(issue.input)}`),
);
const digest = v.pipe(
  text,
  v.check(
    isDigest,
    issue => `expected a digest such as sha256:<64 hex digits>, found ${quoted(issue.input)}`,
  ),
  v.transform(digest => digest as Digest),
);
const repository = v.pipe(
  text,
  v.check(isRepository, issue => `expected the name of a repository, found ${quoted(issue.input)}`),
);
const tag = v.pipe(
  text,
  v.check(isTag, issue => `expected a tag, found ${quoted(issue.input)}`),
);

/** A map with any keys that `key` accepts, `__proto__` and `constructor` among them, which are names like others. */
function mapOf<T>(key: v.GenericSchema<string, string>, value: v.GenericSchema<unknown, T>) {
  return v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(isObject, 'expected an object'),
    v.rawTransform(({ dataset, addIssue, NEVER }): Readonly<Record<string, T>> => {
      const entries: [string, T][] = [];
      for (const [name, content] of Object.entries(dataset.value)) {
        const named = v.safeParse(key, name, { abortEarly: true });
        const held = v.safeParse(value, content, { abortEarly: true });
        if (!named.success || !held.success) {
          addIssue({ message: `${quoted(name)}: ${explain((named.issues ?? held.issues)?.[0])}` });
          return NEVER;
        }
        entries.push([name, held.output]);
      }
      return Object.fromEntries(entries);
    }),
  );
}

const blob = v.object({ digest, size: count });
const schema = v.object({
  schemaVersion: v.literal(1),
  tool: v.object({ name: v.literal('registry-scraper'), version: text }),
  selection: v.object({
    ...{ references: texts, from: texts, exclude: texts },
    ...{ tagRegex: v.nullable(text), semver: v.nullable(text), prerelease: v.boolean() },
    ...{ newest: v.nullable(count), newestBy: v.nullable(text) },
    ...{ platforms: texts, referrers: v.nullable(texts), rename: texts },
  }),
  images: v.array(
    v.object({
      ...{ repository, tag: v.nullable(tag), digest, mediaType: text, platforms: texts, bytes: count },
      referrers: v.array(v.object({ digest, subject: digest, artifactType: text })),
    }),
  ),
  repositories: v.array(
    v.object({
      ...{ name: repository, tags: mapOf(tag, digest), revisions: v.array(digest), layers: v.array(digest) },
      signatures: v.exactOptional(mapOf(digest, v.array(digest))),
      aliases: v.exactOptional(mapOf(digest, digest)),
    }),
  ),
  blobs: v.array(v.object({ digest, size: count, manifest: v.exactOptional(v.literal(true)) })),
  base: v.nullable(
    v.object({
      sources: v.array(
        v.object({ kind: v.picklist(['inventory', 'bundle', 'registry']), digest: v.nullable(digest) }),
      ),
      blobs: v.array(blob),
    }),
  ),
  totals: v.object({ images: count, blobs: count, bytes: count, baseBlobs: count, baseBytes: count }),
});

const fields = [
  ...['schemaVersion', 'tool', 'name', 'version', 'selection', 'references', 'from', 'exclude', 'tagRegex'],
  ...[
    'semver',
    'prerelease',
    'newest',
    'newestBy',
    'platforms',
    'referrers',
    'rename',
    'images',
    'repository',
  ],
  ...['tag', 'digest', 'mediaType', 'bytes', 'subject', 'artifactType', 'repositories', 'tags', 'revisions'],
  ...['layers', 'signatures', 'aliases', 'blobs', 'size', 'manifest', 'base', 'sources', 'kind', 'totals'],
  ...['baseBlobs', 'baseBytes'],
];

/**
 * Reads a bundle manifest, of which nothing is trusted. Properties that this version does not know are passed over.
 * @param place where it was found, as an operator would name it
 * @throws ScraperError `BUNDLE_INVALID` that names the property; `UNSUPPORTED` for a newer schema
 */
export function decodeManifest(bytes: Uint8Array, place: string): BundleManifest {
  const invalid = (why: string, cause?: unknown): never => {
    throw new ScraperError('BUNDLE_INVALID', `the bundle manifest cannot be used: ${why}`, {
      path: place,
      hint: 'get the bundle anew from where it was made; compare its checksums first',
      cause,
    });
  };
  if (bytes.length > MAX_MANIFEST_BYTES)
    return invalid(`expected at most ${String(MAX_MANIFEST_BYTES)} bytes, found ${String(bytes.length)}`);
  const json = parse(bytes, invalid);
  if (!isObject(json)) return invalid('expected a JSON object');
  const version = json['schemaVersion'];
  if (typeof version === 'number' && Number.isSafeInteger(version) && version > 1)
    throw tooNew(version, json, place);
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (!result.success) return invalid(explain(result.issues[0]));
  const contradiction = findContradiction(result.output);
  return contradiction === undefined ? result.output : invalid(contradiction);
}

function parse(bytes: Uint8Array, invalid: (why: string, cause?: unknown) => never): unknown {
  let source: string;
  let json: unknown;
  try {
    source = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(source);
  } catch (cause) {
    return invalid('it is not JSON', cause);
  }
  const key = findAmbiguousKey(source, fields, ['tags', 'signatures', 'aliases']);
  if (key !== undefined) invalid(`key ${quoted(key)} stands twice in one object or in unusual letter case`);
  // what JSON can spell and no code expects: most readers would take it for the object's prototype
  if (/"__proto__"|\\u/.test(source) && hasPrototypeKey(json)) invalid('key "__proto__" is refused');
  return json;
}

/** Whether an object that is no map of tags has a key `__proto__`; a tag may be called so. */
function hasPrototypeKey(json: unknown): boolean {
  const open = [{ key: '', value: json }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { key, value } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (key !== 'tags' && Object.hasOwn(value, '__proto__')) return true;
    for (const [name, inner] of Object.entries(value)) open.push({ key: name, value: inner });
  }
  return false;
}

function tooNew(version: number, json: Readonly<Record<string, unknown>>, place: string): ScraperError {
  const tool = isObject(json['tool']) ? json['tool']['version'] : undefined;
  const by = typeof tool === 'string' ? `registry-scraper ${quoted(tool)}` : 'a newer registry-scraper';
  return new ScraperError(
    'UNSUPPORTED',
    `the bundle was made by ${by}: expected schema version 1, found ${String(version)}`,
    { path: place, hint: 'use a registry-scraper that is at least as new as the one that made the bundle' },
  );
}

function explain(issue: v.BaseIssue<unknown> | undefined): string {
  if (!issue) return 'it is not valid';
  const where = v.getDotPath(issue);
  const why =
    issue.kind !== 'schema' || issue.type === 'custom'
      ? issue.message
      : issue.received === 'undefined'
        ? 'it is missing'
        : `expected ${issue.expected ?? 'something else'}, found ${brief(issue.received)}`;
  return where === null ? why : `${where}: ${why}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quoted(value: string): string {
  return brief(JSON.stringify(value));
}

/** A message quotes a bounded part of what is not trusted. */
function brief(value: string): string {
  return value.length <= 80 ? value : `${value.slice(0, 80)}…`;
}
