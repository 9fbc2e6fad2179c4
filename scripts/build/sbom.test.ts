import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { isObject, readJsonObject, root } from '../lib/project.ts';
import { bundle, type Bundle } from './bundle.ts';
import { licences } from './licences.ts';
import { platforms } from './platforms.ts';
import { sbom } from './sbom.ts';

interface Document {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Part };
  readonly components: readonly Part[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}
interface Part {
  readonly type: string;
  readonly name: string;
  readonly group?: string;
  readonly version: string;
  readonly purl?: string;
  readonly 'bom-ref': string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly { readonly license: { readonly id?: string } }[];
}

const version = { version: '1.2.3', commit: 'unknown' };
const packageName = ({ group, name }: Part): string => (group === undefined ? name : `${group}/${name}`);
const librariesOf = (text: string): readonly string[] =>
  (JSON.parse(text) as Document).components.filter(part => part.type === 'library').map(packageName);

describe('the list of what is bundled', () => {
  let program: Bundle;
  let text: string;
  let document: Document;

  before(async () => {
    program = await bundle(version);
    text = sbom({ program, platforms: platforms() });
    document = JSON.parse(text) as Document;
  });

  test('names every package that the lock file says the program needs, in its version, and no other', () => {
    const needed = Object.entries(lockedPackages())
      .filter(
        ([folder, entry]) =>
          folder !== '' && !['dev', 'optional', 'devOptional'].some(mark => entry[mark] === true),
      )
      .map(([folder, entry]) => `${folder.replace('node_modules/', '')}@${String(entry['version'])}`);
    const found = document.components
      .filter(part => part.type === 'library')
      .map(part => `${packageName(part)}@${part.version}`);
    assert.deepEqual(found.toSorted(), needed.toSorted());
  });

  test('does not name a package that is installed but has nothing in the bundle', async () => {
    const parts = async (entry: string): Promise<readonly string[]> =>
      librariesOf(sbom({ program: await bundle(version, entry, 'src/oci/digest.ts'), platforms: [] }));
    assert.deepEqual(await parts('src/oci/digest.ts'), []);
    assert.deepEqual(await parts('src/select/version.ts'), ['semver']);
  });

  test("names a package that only the worker's half of the bundle holds", async () => {
    const halves = await bundle(version, 'src/oci/digest.ts', 'src/select/version.ts');
    assert.deepEqual(librariesOf(sbom({ program: halves, platforms: [] })), ['semver']);
  });

  test('names the Node in each binary, by the version that its platform has', () => {
    const found = document.components.filter(part => part.type === 'platform');
    assert.deepEqual(
      found.map(part => part.purl).toSorted(),
      platforms()
        .map(({ base }) => `pkg:npm/${base.name}@${base.version}`)
        .toSorted(),
    );
    assert.deepEqual(
      document.components.filter(part => part.type !== 'library' && part.type !== 'platform'),
      [],
    );
  });

  test('says of each part what it is called elsewhere, its licence, and the hash by which it was installed', () => {
    const locked = lockedPackages();
    for (const part of document.components) {
      assert.match(part.purl ?? '', /^pkg:npm\/[^ ]+@\d+\.\d+\.\d+$/, part.name);
      for (const { license } of part.licenses) assert.match(license.id ?? '', /^[\w.-]+$/, part.name);
      assert.equal(part.licenses.length, 1, part.name);
      const folder = decodeURIComponent(/^pkg:npm\/(.*)@/.exec(part.purl ?? '')?.[1] ?? '');
      const [hash] = part.hashes;
      const integrity = `sha512-${Buffer.from(hash?.content ?? '', 'hex').toString('base64')}`;
      assert.equal(integrity, locked[`node_modules/${folder}`]?.['integrity'], part.name);
    }
  });

  test('is of this bundle, whose hash it gives, and says that it holds all of the parts', () => {
    const self = document.metadata.component;
    const { name, version: number } = readJsonObject(join(root, 'package.json'));
    assert.deepEqual([self.name, self.version], [name, number]);
    const sha256 = createHash('sha256').update(program.code).digest('hex');
    assert.deepEqual(self.hashes, [{ alg: 'SHA-256', content: sha256 }]);
    const own = document.dependencies.find(({ ref }) => ref === self['bom-ref']);
    assert.deepEqual(own?.dependsOn?.toSorted(), document.components.map(part => part['bom-ref']).toSorted());
  });

  test('is the same whenever it is made', async () => {
    assert.equal(sbom({ program: await bundle(version), platforms: platforms().toReversed() }), text);
    assert.deepEqual([document.bomFormat, document.specVersion], ['CycloneDX', '1.6']);
    assert.deepEqual([document.serialNumber, document.metadata.timestamp], [undefined, undefined]);
  });

  test('has no package without a licence text, and the texts have that of Node and what is in it', async () => {
    const texts = await licences(program.packages);
    const titles = [...texts.matchAll(/^={80}\n(.+)\n={80}$/gm)].map(match => match[1]);
    const parts = document.components.filter(part => part.type === 'library').map(packageName);
    assert.deepEqual(titles, ['registry-scraper', ...parts, 'Node.js and what it contains']);
    for (const words of ['Copyright Node.js contributors', 'OpenSSL', 'the V8 project', 'libuv'])
      assert.ok(texts.includes(words), words);
  });
});

test('a package that the lock file does not have is an error', () => {
  const program = { code: '', packages: ['node_modules/not-there'] };
  assert.throws(() => sbom({ program, platforms: [] }), /no integrity for node_modules\/not-there/);
});

function lockedPackages(): Readonly<Record<string, Record<string, unknown>>> {
  const packages = readJsonObject(join(root, 'package-lock.json'))['packages'];
  assert.ok(isObject(packages));
  return Object.fromEntries(
    Object.entries(packages).map(([folder, entry]) => [folder, isObject(entry) ? entry : {}]),
  );
}
