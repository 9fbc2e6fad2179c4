import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { inspect } from '../../src/end-to-end/inspect.ts';
import { buildRegistry } from '../../src/testing/registry.ts';
import { arm64Sysroot, requirements } from '../../src/testing/requirements.ts';
import { mustRun, run } from '../lib/command.ts';
import { cacheFolder, root } from '../lib/project.ts';
import { baseBinary } from './bases.ts';
import { binaryName, generatorFor, hostPlatformName, platforms } from './platforms.ts';

/** How the file of each platform begins: format, and machine where it stands near the start. */
const beginnings: Readonly<Record<string, (head: Buffer) => boolean>> = {
  'linux-x64': head => head.readUInt32BE(0) === 0x7f454c46 && head.readUInt16LE(18) === 0x3e,
  'linux-arm64': head => head.readUInt32BE(0) === 0x7f454c46 && head.readUInt16LE(18) === 0xb7,
  'win-x64': head =>
    head.readUInt16LE(0) === 0x5a4d && head.readUInt16LE(head.readUInt32LE(60) + 4) === 0x8664,
  'macos-x64': head => head.readUInt32LE(0) === 0xfeedfacf && head.readUInt32LE(4) === 0x01000007,
  'macos-arm64': head => head.readUInt32LE(0) === 0xfeedfacf && head.readUInt32LE(4) === 0x0100000c,
};

/** Node looks for this mark in itself; the digit says whether a program was put in. */
const fuse = Buffer.from('NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1');

describe('the binaries for all platforms', () => {
  let base: string;
  let folder: string;

  before(async () => {
    await mkdir(cacheFolder, { recursive: true });
    base = await mkdtemp(join(cacheFolder, 'test-'));
    folder = join(base, 'dist');
    await mustRun(process.execPath, [join(root, 'scripts/build.ts'), '--all', '--out', folder]);
    await exampleRegistry(join(base, 'data'));
  });
  after(() => rm(base, { recursive: true, force: true }));

  test('have the format of their platform and the program in them', async () => {
    const script = await readFile(join(folder, 'registry-scraper.cjs'));
    const program = script.subarray(script.indexOf('\n'));
    for (const platform of platforms()) {
      const binary = await readFile(join(folder, binaryName(platform)));
      assert.equal(beginnings[platform.name]?.(binary), true, platform.name);
      assert.ok(binary.includes(program), `${platform.name} holds the program`);
      assert.ok(binary.includes(fuse), `${platform.name} starts the program`);
      assert.ok(!binary.includes(cacheFolder), `${platform.name} tells nothing about where it was built`);
    }
  });

  test('have their sums beside them, and those of their compressed copies', async () => {
    const lines = (await readFile(join(folder, 'SHA256SUMS'), 'utf8')).trimEnd().split('\n');
    const sums = new Map(lines.map(line => [line.slice(66), line.slice(0, 64)]));
    for (const name of platforms().map(binaryName)) {
      const packed = await readFile(join(folder, `${name}.gz`));
      assert.equal(sums.get(`${name}.gz`), sha256(packed));
      assert.equal(sums.get(name), sha256(gunzipSync(packed)));
    }
  });

  test(
    'do the whole job on arm64, under an emulator',
    { skip: requirements(['qemu-aarch64-static', 'arm64 libraries']) },
    async () => {
      const binary = join(folder, 'registry-scraper-linux-arm64');
      await scrape('qemu-aarch64-static', ['-L', arm64Sysroot(), binary], 'arm64');
    },
  );

  test('hold a program that does the whole job on each of their versions of Node', async () => {
    for (const { base: node } of platforms()) {
      const generator = generatorFor(hostPlatformName(), node.version);
      const file = generator === undefined ? process.execPath : (await baseBinary(generator)).file;
      await scrape(file, [join(folder, 'registry-scraper.cjs')], `node-${node.version}`);
    }
  });

  /** Scrapes the example registry and lets the judge look at what was written. */
  async function scrape(command: string, args: readonly string[], name: string): Promise<void> {
    const output = join(base, name);
    const call = [
      ...args,
      'team/app:1.2',
      '--data-dir',
      join(base, 'data'),
      '--output-dir',
      output,
      '--json',
    ];
    const { status, output: text } = await run(command, call);
    assert.equal(status, 0, text);
    const { tags, problems } = await inspect(output);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      tags.map(({ repository, tag }) => `${repository}:${tag}`),
      ['team/app:1.2'],
    );
  }
});

async function exampleRegistry(directory: string): Promise<void> {
  const registry = buildRegistry('platforms');
  const team = registry.repository('team/app');
  const layers = [3_000_000, 1_500_000, 700];
  team.index([team.image({ layers }), team.image({ layers, platform: 'linux/arm64' })], { tag: '1.2' });
  team.image({ tag: '1.3' });
  await registry.write(directory);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
