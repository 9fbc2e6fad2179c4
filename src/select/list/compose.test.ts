import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entriesOf, listsInMemory, readList, warningsOf } from '../../testing/lists.ts';
import { composeSample } from '../../testing/sample-lists.ts';
import { readLists } from './read.ts';

const service = (lines: string): string => `services:\n  web:\n${lines.replace(/^/gm, '    ')}\n`;

test('every image of a compose file is found, in its order, with its line', async () => {
  const { entries } = await readList(composeSample.text);
  assert.deepEqual(
    entries.map(entry => entry.text),
    composeSample.images,
  );
  const lines = composeSample.text.split('\n');
  for (const { text, origin } of entries) {
    const line = lines[(origin?.line ?? 0) - 1];
    assert.ok(line?.includes(text.replace(/:1\.8$/, '')), `${text} in ${line}`);
  }
});

test('what a compose file leaves to others is told, with its line', async () => {
  assert.deepEqual(await warningsOf(composeSample.text), [
    `LIST_ASSUMED list:62: "\${BACKUP_TAG:-1.8}" is taken as its default "1.8"`,
    'LIST_SKIPPED list:68: service "docs" is built and names no image, nothing of it is selected',
  ]);
});

test('scalars are the text that is written, whatever YAML makes of them', async () => {
  const written = ['on', 'yes', 'off', '1.10', '010', '0x10', '1e3', '2024-01-01', '12:30', 'true', '1_0'];
  const services = written.map((image, index) => `  s${index}:\n    image: ${image}\n`).join('');
  const { entries } = await readList(`services:\n${services}`);
  assert.deepEqual(
    entries.map(entry => entry.text),
    written,
  );
});

test('an image may be written in quotes, as a block, behind a tag or with a comment', async () => {
  const text =
    service(`image: "a:\\u0031" # one`) + `  b:\n    image: >-\n      b:1\n  c: {image: !!str 1.0}\n`;
  assert.deepEqual(await entriesOf(text), ['3 a:1', '5 b:1', '7 1.0']);
});

test('merged and aliased services give their images once, at the line where the image stands', async () => {
  const text = `x-base: &base
  image: base:1
services:
  a: *base
  b: { <<: *base, command: x }
  c: { <<: [{ image: first:1 }, *base] }
  d: { image: own:1, <<: *base }
  e: { image: &i shared:1 }
  f: { image: *i }
`;
  assert.deepEqual(await entriesOf(text), ['2 base:1', '6 first:1', '7 own:1', '8 shared:1']);
});

test('a service that names no image is told, and why', async () => {
  const text = `include: [other.yml]
services:
  built: { build: . }
  both: { build: ., image: both:1 }
  other: { extends: { file: common.yml, service: x } }
  same: { extends: both }
  bare: { command: x }
  empty:
  gone: { image: !reset null }
  nothing: { image: }
`;
  assert.deepEqual(await entriesOf(text), ['4 both:1']);
  assert.deepEqual(await warningsOf(text), [
    'LIST_SKIPPED list:1: what include names is not read',
    'LIST_SKIPPED list:3: service "built" is built and names no image, nothing of it is selected',
    'LIST_SKIPPED list:5: service "other" extends one of "common.yml", which is not read',
    'LIST_SKIPPED list:7: service "bare" names no image',
    'LIST_SKIPPED list:8: service "empty" names no image',
    'LIST_SKIPPED list:9: service "gone" names no image',
    'LIST_SKIPPED list:10: service "nothing" names no image',
  ]);
});

test('a file that only includes others is a compose file, a pipeline with includes is none', async () => {
  const read = listsInMemory({ 'compose.yaml': 'name: x\ninclude: [a.yml]\n', 'a.txt': 'a:1' });
  const { warnings } = await readLists(['compose.yaml', 'a.txt'], read);
  assert.deepEqual(
    warnings.map(({ message }) => message),
    ['compose.yaml:2: what include names is not read'],
  );
  assert.deepEqual(await entriesOf('include: [a.yml]\nbuild: { image: node:24 }\n'), ['2 node:24']);
});

test('a note about what compose would know says how to ask it', async () => {
  const { warnings } = await readList(service(`image: a:\${T:-1}`));
  assert.match(warnings[0]?.hint ?? '', /docker compose config \| registry-scraper --from -/);
});

test('a variable without default is an error that names it, the file and the line', async () => {
  await assert.rejects(readList(service(`command: x\nimage: app:\${TAG}`)), {
    code: 'LIST_INVALID',
    message: `list:4: cannot tell the image "app:\${TAG}": the variable TAG has no default`,
  });
});

test('models and image volumes are shipped too', async () => {
  const text = `services:
  chat:
    image: chat:1
    volumes: [{ type: image, source: data:1, target: /d }, { type: bind, source: ./x, target: /x }, y:/y]
models:
  llm: { model: ai/smollm2 }
`;
  assert.deepEqual(await entriesOf(text), ['3 chat:1', '4 data:1', '6 ai/smollm2']);
});

test('a key that stands twice loses nothing, and is told', async () => {
  const text = `services:\n  a:\n    image: a:1\n    image: a:2\n  a:\n    image: a:3\n`;
  assert.deepEqual(await entriesOf(text), ['3 a:1', '4 a:2', '6 a:3']);
  assert.deepEqual(await warningsOf(text), [
    'LIST_ASSUMED list:4: the key "image" stands in line 3 already: both are read',
    'LIST_ASSUMED list:5: the key "a" stands in line 2 already: both are read',
  ]);
});

test('keys with a meaning to JavaScript are keys like any other', async () => {
  const text = `services:\n  __proto__: { image: a:1 }\n  constructor: { image: b:1 }\n  toString:\n`;
  assert.deepEqual(await entriesOf(text), ['2 a:1', '3 b:1']);
  const json = '{"services": {"__proto__": {"image": "c:1"}}, "__proto__": {"image": "d:1"}}';
  assert.deepEqual(await entriesOf(json), ['1 c:1']);
  assert.deepEqual(Object.keys({}), []);
});

const malformed: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  'a glob': [service('image: team/*'), /^list:3: "team\/\*" is not a valid reference/],
  'an image that is a mapping': [service('image: { name: a }'), /^list:3: a mapping stands where an image/],
  'an image that is a list': [service('image: [a]'), /^list:3: a list stands where an image/],
  'a service that is a text': ['services: { web: nginx }', /^list:1: service "web" must be a mapping/],
  'a template': [service('image: "{{ image }}"'), /^list:3: an unrendered template stands here/],
  'an endless image': [service(`image: ${'$'.repeat(5000)}`), /^list:3: no image has 5000 characters/],
};

for (const [what, [text, message]] of Object.entries(malformed)) {
  test(`${what} in a compose file is an error that names the line`, async () => {
    await assert.rejects(readList(text), { message });
  });
}
