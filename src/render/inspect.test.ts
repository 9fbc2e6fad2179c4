import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortDigest } from '../oci/digest.ts';
import { inspected, type Readable } from '../testing/look.ts';
import { foreignLayer } from '../testing/parts.ts';
import { buildRegistry } from '../testing/registry.ts';
import { sharingImages } from '../testing/sharing-images.ts';
import { fakeStream } from './fakes.ts';
import { renderInspection, type InspectContext } from './inspect.ts';
import { terminalFor } from './terminal.ts';

const context: InspectContext = {
  colors: terminalFor(fakeStream(), {}, false).colors,
  width: undefined,
  unicode: true,
  verbose: false,
};

async function shown(
  registry: Readable,
  reference: string,
  changes: Partial<InspectContext> = {},
): Promise<readonly string[]> {
  const text = renderInspection(await inspected(registry, reference), { ...context, ...changes });
  return text.split('\n').slice(0, -1);
}

test('a summary, the tree, nothing that goes without saying', async () => {
  const { registry, first, base } = sharingImages();
  const lines = await shown(registry, 'team/app:1');
  assert.deepEqual(lines.slice(0, 8), [
    'team/app:1',
    `  ${first.digest}`,
    '  kind       image (application/vnd.oci.image.manifest.v1+json)',
    '  platforms  linux/amd64',
    '  created    2026-01-02 03:04 UTC',
    '  size       4.77 kB in 4 blobs',
    '  shared     4.77 kB with 2 other images of team/app, 0 B its own',
    '  tags       1',
  ]);
  assert.deepEqual(lines[9]?.split(/ {2,}/), ['PART', 'DIGEST', 'SIZE', 'TYPE', 'NOTE']);
  assert.deepEqual(lines[12]?.split(/ {2,}/), [
    '├─ layer 1',
    shortDigest(base.digest),
    '3 kB',
    'application/vnd.oci.image.layer.v1.tar+gzip',
    'in 2 other images',
  ]);
  assert.equal(lines.length, 14);
});

test('what is wrong stands beside the part', async () => {
  const { registry, app, first, second } = sharingImages();
  registry.remove(first.layer(1));
  registry.truncate(second.layer(1), 3);
  app.index([first, second, app.image({ stored: false, platform: 'linux/s390x' })], { tag: 'bad' });
  const lines = await shown(registry, 'team/app:bad');
  const marked = lines
    .map(line => line.split(/ {2,}/))
    .filter(cells => /missing|damaged/.test(cells.at(-1) ?? ''));
  assert.deepEqual(
    marked.map(cells => [cells.find(cell => /layer|manifest$/.test(cell)), cells.at(-1)]),
    [
      ['└─ layer 2', 'missing'],
      ['└─ layer 2', 'damaged'],
      ['└─ linux/s390x manifest', 'missing'],
    ],
  );
  assert.ok(lines.some(line => line.includes('; 1 manifest of the index not in this registry')));
});

test('an image that cannot be read is shown as far as it is known', async () => {
  const { registry, first } = sharingImages();
  registry.flipBit(first);
  const lines = await shown(registry, 'team/app:1');
  assert.deepEqual(lines.slice(2, 4), ['  kind       damaged', '  tags       1']);
  assert.match(lines.at(-1) ?? '', /^manifest .* damaged$/);
});

test('referrers are counted by kind and named in the tree', async () => {
  const { registry, app, first } = sharingImages();
  app.signature(first);
  app.artifact({ subject: first, artifactType: 'application/spdx+json' });
  app.artifact({ subject: first, artifactType: 'application/vnd.example.report' });
  const lines = await shown(registry, 'team/app:1');
  assert.ok(
    lines.some(line => /^ {2}referrers {2}1 × signature, 1 × .*, 1 × .*; [0-9.]+ kB$/.test(line)),
    lines.join('\n'),
  );
  for (const part of ['─ signature ', '─ SBOM ', '─ application/vnd.example.report '])
    assert.ok(
      lines.some(line => line.includes(part)),
      part,
    );
  assert.ok(lines.some(line => /sha256-[0-9a-f]{64}\.sig$/.test(line)));
});

test('annotations are listed by manifest, cut to the width', async () => {
  const registry = buildRegistry();
  const long = 'x'.repeat(200);
  registry.repository('app').image({ tag: '1', annotations: { 'org.example.note': long } });
  const [note = ''] = (await shown(registry, 'app:1', { width: 60 })).slice(-1);
  assert.ok(note.startsWith('    org.example.note: xxx') && note.endsWith('x…') && note.length === 60);
  assert.ok((await shown(registry, 'app:1', { width: 60, verbose: true })).at(-1)?.endsWith(long));
});

test('--verbose shows whole digests and every part', async () => {
  const registry = buildRegistry();
  const layers = Array.from({ length: 60 }, (_, index) => 10 + index);
  const image = registry.repository('app').image({ tag: '1', layers });
  const brief = await shown(registry, 'app:1');
  assert.ok(brief.some(line => line.includes('... and 21 more parts; --verbose lists them all')));
  const verbose = await shown(registry, 'app:1', { verbose: true });
  assert.ok(verbose.some(line => line.includes(image.layer(59).digest)));
});

test('--verbose shows whole digests on a terminal as well, below the parts where there is no room beside them', async () => {
  const { registry, app, first, index } = sharingImages();
  const signature = app.signature(first);
  for (const width of [80, 160]) {
    const lines = await shown(registry, 'team/app:both', { width, verbose: true });
    for (const { digest } of [index, first, first.config, signature, signature.layer(0)])
      assert.ok(
        lines.some(line => line.includes(digest)),
        `${width}: ${digest}`,
      );
    for (const line of lines) assert.ok(line.length <= width, line);
  }
  const lines = await shown(registry, 'team/app:1', { width: 80, verbose: true });
  const at = lines.findIndex(line => line.startsWith('├─ config'));
  assert.equal(lines[at + 1], `│  ${first.config.digest}`);
});

test('types outlast digests on a narrow terminal, and take what room there is on a wide one', async () => {
  const { registry, app, first } = sharingImages();
  app.signature(first);
  const typesAt = async (width: number): Promise<string> =>
    (await shown(registry, 'team/app:1', { width })).slice(9).join('\n');
  assert.match(await typesAt(120), / dev\.cosign\.simplesigning\.v1\+json$/m);
  assert.match(await typesAt(120), / sha256:/);
  assert.match(await typesAt(50), /^PART +SIZE +TYPE +NOTE$/m);
  assert.match(await typesAt(50), / OCI manifest/);
});

test('a narrow terminal loses columns and never wraps what can be shortened', async () => {
  const { registry, app, first, index } = sharingImages();
  app.signature(first);
  app.signature(index);
  for (let width = 40; width < 220; width += 1)
    for (const line of await shown(registry, 'team/app:both', { width }))
      assert.ok(line.length <= width, `${width}: ${line}`);
  const titles = async (width: number): Promise<string | undefined> =>
    (await shown(registry, 'team/app:both', { width }))
      .find(line => line.startsWith('PART'))
      ?.replace(/ +/g, ' ');
  assert.equal(await titles(200), 'PART DIGEST SIZE TYPE NOTE');
  assert.equal(await titles(80), 'PART DIGEST SIZE TYPE NOTE');
  assert.equal(await titles(50), 'PART SIZE TYPE NOTE');
});

test('nothing that could act on a terminal gets out', async () => {
  const registry = buildRegistry();
  const annotations = { 'evil\x1b[2J': '\x1b]0;title\x07\u202e' };
  registry
    .repository('app')
    .image({ tag: '1', annotations, layers: [{ content: 5, mediaType: 'x/\x1b[1m' }, foreignLayer(10)] });
  for (const verbose of [false, true])
    for (const line of await shown(registry, 'app:1', { unicode: false, verbose }))
      assert.match(line, /^[ -~]*$/);
});

test('a manifest that is shown elsewhere is not shown twice', async () => {
  const { registry, app, first } = sharingImages();
  app.index([first, first], { tag: 'twice' });
  const lines = await shown(registry, 'team/app:twice');
  assert.equal(lines.filter(line => line.includes('layer 1')).length, 1);
  assert.ok(lines.at(-1)?.includes('shown above'));
});
