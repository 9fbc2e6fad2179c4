import { pathFor, STORAGE_ROOT } from '../../registry/layout.ts';
import type { Patient } from '../damages/patient.ts';
import { mediaTypes } from '../media-types.ts';
import { treeCase, type HostileCase } from './case.ts';
import { oddNames } from './names.ts';
import * as runs from './runs.ts';

type Make = (patient: Patient) => unknown;

const descriptorOf = ({ image }: Patient): object => ({
  mediaType: mediaTypes.oci.config,
  digest: image.config.digest,
  size: image.config.size,
});
const imageOf = (sick: Patient): Readonly<Record<string, unknown>> => ({
  schemaVersion: 2,
  mediaType: mediaTypes.oci.manifest,
  config: descriptorOf(sick),
  layers: [],
});
/** The manifest of an image without layers as text, to be spoilt by hand. */
const textOf = (sick: Patient): string => JSON.stringify(imageOf(sick));
const sized =
  (size: string): Make =>
  sick =>
    textOf(sick).replace(/"size":\d+/, `"size":${size}`);
const begun =
  (members: string): Make =>
  sick =>
    textOf(sick).replace('{', `{${members},`);

/** Manifests that are refused. */
const refused: Readonly<Record<string, Make>> = {
  'that is empty': () => '',
  'that is cut short': sick => textOf(sick).slice(0, -9),
  'that is no object': () => '[[[]]]',
  'that is binary': ({ registry }) => registry.random.bytes(3000),
  'in UTF-16': sick => Buffer.from(textOf(sick), 'utf16le'),
  'with a mark of byte order': sick => `\ufeff${textOf(sick)}`,
  'with a key twice': begun('"config":{}'),
  'with a key in other letters': begun('"CONFIG":{}'),
  'with a key that folds to another': begun('"\u017fchemaVersion":1'),
  'with a key twice, once escaped': begun('"\\u0063onfig":{}'),
  'with a prototype for a config': sick =>
    `{"schemaVersion":2,"__proto__":{"config":${JSON.stringify(descriptorOf(sick))}}}`,
  'with a prototype for a digest': sick =>
    `{"schemaVersion":2,"config":{"__proto__":${JSON.stringify(descriptorOf(sick))}}}`,
  'with a constructor for a config': sick =>
    `{"schemaVersion":2,"constructor":{"prototype":{"config":${JSON.stringify(descriptorOf(sick))}}}}`,
  'with a size beyond 2^53': sized('9007199254740993'),
  'with a size beyond 2^64': sized('99999999999999999999999999'),
  'with a size beyond all numbers': sized('1e999'),
  'with a negative size': sized('-1'),
  'with half a byte': sized('0.5'),
  'with a size of text': sized('"5"'),
  'with a size that lies': sized('5'),
  'with a size that lies hugely': sized('9007199254740991'),
  'with a digest that is a way out': sick => ({
    ...imageOf(sick),
    layers: [{ ...descriptorOf(sick), digest: 'sha256:../../../../../../outside/secret' }],
  }),
  'with a digest of what every object has': sick => ({
    ...imageOf(sick),
    layers: [{ ...descriptorOf(sick), digest: `__proto__:${'0'.repeat(64)}` }],
  }),
  'with a digest that clears a terminal': sick => ({
    ...imageOf(sick),
    layers: [{ ...descriptorOf(sick), digest: '\x1b[2J\u009b31m\u202e' }],
  }),
  'of a type that clears a terminal': sick => ({ ...imageOf(sick), mediaType: '\x1b[2J\u009b31m\u202e' }),
  'of a schema version that is a text': sick => ({ ...imageOf(sick), schemaVersion: '2' }),
  'that is image and index in one': sick => ({ ...imageOf(sick), manifests: [descriptorOf(sick)] }),
  'whose layers are a million brackets': sick =>
    textOf(sick).replace('[]', '['.repeat(1e6) + ']'.repeat(1e6)),
  'that is a million brackets': () => '['.repeat(1e6),
  'of more than 4 MiB': sick => ({ ...imageOf(sick), annotations: { a: 'a'.repeat(2 ** 22) } }),
  'of schema 1 whose layers are ways out': () => ({
    schemaVersion: 1,
    fsLayers: [{ blobSum: '../../outside/secret' }],
    history: [],
  }),
  'that is an index of a way out': () => ({
    schemaVersion: 2,
    manifests: [{ mediaType: mediaTypes.oci.manifest, digest: 'sha256:/etc/passwd', size: 7 }],
  }),
};

/** Manifests that are odd, but what they lead to is clear. */
const taken: Readonly<Record<string, Make>> = {
  'with keys of objects in its annotations': sick =>
    textOf(sick).replace('{', '{"annotations":{"__proto__":"a","constructor":"b","toString":"c"},'),
  'with a hundred thousand brackets in what nobody reads': begun(`"x":${'['.repeat(1e5)}${']'.repeat(1e5)}`),
  'with numbers beyond 2^53 in what nobody reads': begun(
    '"x":123456789012345678901234567890,"y":-0,"z":1e-999',
  ),
  'with half of a letter in its annotations': begun('"annotations":{"a":"\\ud800","b":"\\udc00\\ud800"}'),
  'with annotations of 3 MiB': sick => ({ ...imageOf(sick), annotations: { a: '\x1b\u202e'.repeat(4e5) } }),
  'with 20,000 annotations': sick => ({
    ...imageOf(sick),
    annotations: Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`\x1b[${String(n)}m`, '\r'])),
  }),
  'with the same layer 1,000 times': sick => ({
    ...imageOf(sick),
    layers: Array.from({ length: 1000 }, () => descriptorOf(sick)),
  }),
};

const reference = 'team/app:bad';

function looksAt(codes: readonly number[]) {
  return [
    runs.scrapes([reference], { codes }),
    runs.inspects(reference, { codes }),
    runs.verifies({ codes: [0, ...codes] }),
    runs.lists({ codes: [0] }),
  ];
}

const bodies = [
  ...Object.entries(refused).map(([what, make]) => [what, make, [3, 4]] as const),
  ...Object.entries(taken).map(([what, make]) => [what, make, [0]] as const),
].map(([what, make, codes]) =>
  treeCase(`a manifest ${what}`, sick => sick.app.manifest(make(sick), { tag: 'bad' }), looksAt(codes)),
);

/** Odd texts wherever a manifest or a config has free text. */
const texts = Object.entries(oddNames).map(([what, text]) =>
  treeCase(
    `${what} in every text of an image`,
    ({ app }) => {
      const annotations = { [text]: text, 'org.opencontainers.image.title': text };
      const config = JSON.stringify({
        ...{ created: text, author: text, os: text, architecture: text, variant: text },
        ...{ config: { Cmd: [text], Labels: annotations }, rootfs: { type: text, diff_ids: [text] } },
      });
      const layer = { content: 100, mediaType: `application/${text}`, annotations, urls: [text] };
      const image = app.image({
        ...{ annotations, artifactType: text, config, layers: [layer, { content: 50, annotations }] },
      });
      const entry = {
        ...image.descriptor,
        ...{ annotations, artifactType: text },
        platform: { os: text, architecture: text, variant: text, 'os.version': text },
      };
      app.index([entry], { tag: 'bad', annotations, artifactType: text });
      app.artifact({
        subject: image,
        annotations,
        artifactType: text,
        layers: [{ content: 9, mediaType: text }],
      });
    },
    [
      runs.inspects(reference, { codes: [0, 4] }),
      runs.documents(reference, { codes: [0, 4] }),
      runs.lists({ codes: [0] }),
      runs.scrapes([reference], { codes: [0, 4] }),
      runs.plans([reference, '--platform', 'linux/amd64'], { codes: [3, 4] }),
    ],
  ),
);

/** Graphs that lead in circles, far down, or to very much. */
const graphs: readonly HostileCase[] = [
  treeCase(
    'an index that its own entry leads back to',
    ({ registry, app, image }) => {
      const inner = app.index([image]);
      const outer = app.index([inner], { tag: 'bad' });
      registry.tree.set(app.revisionLink(inner), Buffer.from(outer.digest));
      registry.tree.set(pathFor({ kind: 'blob', digest: inner.stored }), outer.bytes);
    },
    looksAt([3, 4]),
  ),
  treeCase(
    'an index of 100 levels',
    ({ app, image }) => {
      let index = app.index([image]);
      for (let level = 0; level < 100; level++) index = app.index([index]);
      app.tag('bad', index);
    },
    looksAt([3, 4]),
  ),
  treeCase(
    'an index whose ways fork and meet again at each of 8 levels',
    ({ app, image }) => {
      let row = [app.index([image]), app.index([image], { annotations: { other: 'one' } })];
      for (let level = 0; level < 6; level++)
        row = [app.index(row), app.index(row.toReversed(), { annotations: { other: 'one' } })];
      app.index(row, { tag: 'bad' });
    },
    looksAt([0, 4]),
  ),
  treeCase(
    'an index that lists the same manifest 2,000 times',
    ({ app, image }) =>
      void app.index(
        Array.from({ length: 2000 }, () => image),
        { tag: 'bad' },
      ),
    looksAt([0]),
  ),
  treeCase(
    'a manifest that is about itself by way of another',
    ({ registry, app, image }) => {
      const first = app.artifact({ subject: image, tag: 'bad' });
      const second = app.artifact({ subject: first });
      registry.tree.set(pathFor({ kind: 'blob', digest: first.stored }), second.bytes);
    },
    looksAt([3, 4]),
  ),
  treeCase(
    'referrers of referrers, 60 in a row',
    ({ app }) => {
      let last = app.image({ tag: 'bad' });
      for (let number = 0; number < 60; number++) last = app.artifact({ subject: last });
    },
    looksAt([0, 4]),
  ),
];

/** Files that are far larger than what they stand for; nothing may read them to their ends into memory. */
const sparse: readonly HostileCase[] = [
  ['a manifest', ({ image }: Patient) => image],
  ['a config', ({ image }: Patient) => image.config],
  ['a manifest below an index', ({ children }: Patient) => children[0]],
].map(([what, blobOf]) => {
  const find = blobOf as (patient: Patient) => { readonly stored: Patient['image']['stored'] };
  return treeCase(
    `${String(what)} of 4 GiB`,
    sick => {
      const path = pathFor({ kind: 'blob', digest: find(sick).stored });
      sick.registry.tree.set(path, { zeros: 4 * 2 ** 30 });
    },
    [
      runs.scrapes(['team/app:1.0', 'team/app:multi'], { codes: [4] }),
      runs.lists({ codes: [0] }),
      runs.takesInventory({ codes: [0] }),
    ],
  );
});

const many = treeCase(
  'a file of 4 GiB in place of everything that is small',
  ({ registry }) => {
    for (const [path, entry] of registry.tree)
      if (entry instanceof Uint8Array && path.startsWith(`${STORAGE_ROOT}/repositories`))
        registry.tree.set(path, { zeros: 4 * 2 ** 30 });
  },
  [runs.salvages({ codes: [3, 4] }), runs.verifies({ codes: [4] }), runs.lists({ codes: [0] })],
);

export const manifestCases: readonly HostileCase[] = [...bodies, ...texts, ...graphs, ...sparse, many];
