import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { requirements } from '../testing/requirements.ts';
import { inspect } from './inspect.ts';
import { openBench, runByShell, selectByProgram, type Bench } from './selecting.ts';
import { clusterFile, clusterImages, composeFile, composeImages } from './site-lists.ts';

const gateway = (...tags: readonly string[]): readonly string[] => tags.map(tag => `platform/gateway:${tag}`);
const reports = (...tags: readonly string[]): readonly string[] => tags.map(tag => `team/reports:${tag}`);

describe('images chosen on the command line', { skip: requirements(['sh']) }, () => {
  let bench: Bench;

  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  test('all tags of a repository, versions in their order, digest tags left to their images', async () => {
    const versions = ['v1.9.0', 'v1.10.0', 'v2.0.0', 'v2.1.0', 'v2.2.0', 'v2.10.0', 'v2.11.0-rc.1'];
    assert.deepEqual(await bench.planned('platform/gateway:*'), gateway(...versions, 'latest'));
  });

  test('every repository below a path by its tag latest, and those without one are told', async () => {
    const { status, images, report } = await bench.plan(['platform/**']);
    assert.equal(status, 0);
    assert.deepEqual(images, ['platform/auth/server:latest', 'platform/gateway:latest']);
    const [warning] = report.warnings.filter(({ code }) => code === 'LATEST_MISSING');
    assert.match(warning?.message ?? '', /platform\/auth\/proxy/);
  });

  test('everything', async () => {
    assert.ok(bench.site.tagged.length >= 40);
    assert.deepEqual((await bench.planned('**:*')).toSorted(), bench.site.tagged);
  });

  test('versions in a range whose tags match an expression', async () => {
    const both = ['--semver', '2.x', '--tag-regex', '^v'];
    assert.deepEqual(
      await bench.planned('platform/**:*', ...both),
      gateway('v2.0.0', 'v2.1.0', 'v2.2.0', 'v2.10.0'),
    );
    assert.deepEqual(
      await bench.planned('platform/gateway:*', '--semver', '>=2.10', '--prerelease'),
      gateway('v2.10.0', 'v2.11.0-rc.1'),
    );
    assert.deepEqual(await bench.planned('team/reports:*', '--semver', '1.10'), reports('1.10'));
    const { status, report } = await bench.plan(['team/reports:*', '--semver', '>=7']);
    assert.equal(status, 3);
    assert.match(report.errors[0]?.message ?? '', /5 outside --semver >=7/);
  });

  test('the newest three by each order', async () => {
    const newest = ['team/reports:*', '--newest', '3'];
    assert.deepEqual(await bench.planned(...newest), reports('1.3', '1.9', '1.10'));
    assert.deepEqual(await bench.planned(...newest, '--newest-by', 'semver'), reports('1.3', '1.9', '1.10'));
    assert.deepEqual(await bench.planned(...newest, '--newest-by', 'created'), reports('1.1', '1.2', '1.9'));
    assert.deepEqual(await bench.planned(...newest, '--newest-by', 'pushed'), reports('1.2', '1.3', '1.10'));
    const mixed = await bench.plan(['platform/**:*', '--newest', '3']);
    assert.equal(mixed.status, 2);
    assert.match(mixed.report.errors[0]?.hint ?? '', /--newest-by semver/);
    const each = await bench.planned('platform/**:*', '--newest', '1', '--newest-by', 'semver');
    assert.deepEqual(each, [
      'platform/auth/proxy:2.0.1',
      'platform/auth/server:2.4.0',
      ...gateway('v2.10.0'),
    ]);
  });

  test('exclusions come before all filters, and one that excludes nothing is told', async () => {
    const without = ['--exclude', '**:latest', '--exclude', 'platform/auth/**:*', '--exclude', '**:v2.10.0'];
    const { status, images, report } = await bench.plan(['platform/**:*', '--newest', '2', ...without]);
    assert.equal(status, 0);
    assert.deepEqual(images, gateway('v2.1.0', 'v2.2.0'));
    assert.deepEqual(report.warnings, []);
    const slip = await bench.plan(['team/**:*', '--exclude', 'taem/**:*']);
    assert.deepEqual(
      slip.report.warnings.map(({ code }) => code),
      ['EXCLUDE_UNUSED'],
    );
    assert.equal((await bench.plan(['team/**:*', '--exclude', '**:*'])).status, 3);
  });

  test('what a compose file of more than thirty images runs', async () => {
    const from = ['--from', await bench.file('compose.yaml', composeFile(bench.site.pinned.digest))];
    const { status, images, report, stderr } = await bench.plan(from);
    assert.equal(status, 0, stderr);
    const expected = composeImages.map(name =>
      name.includes(':') ? name : `${name}@${bench.site.pinned.digest}`,
    );
    assert.ok(expected.length > 30);
    assert.deepEqual(images, expected);
    const told = report.warnings.filter(({ code }) => code.startsWith('LIST_')).map(({ message }) => message);
    assert.equal(told.length, 2);
    assert.match(told[0] ?? '', /^compose\.yaml:19: .*KEYCLOAK_VERSION/);
    assert.match(told[1] ?? '', /^compose\.yaml:72: service "docs" is built/);
  });

  test('what a cluster runs, by standard input; the report is the same each time', async () => {
    const input = path.join(bench.base, await bench.file('cluster.yaml', clusterFile));
    const documents: string[] = [];
    for (let round = 0; round < 4; round++) {
      const { status, images, stdout, stderr } = await bench.plan(['--from', '-'], { input });
      assert.equal(status, 0, stderr);
      assert.deepEqual(images, clusterImages);
      documents.push(stdout.replace(/"durationMs": \d+/, ''));
    }
    assert.deepEqual([...new Set(documents)], documents.slice(0, 1));
  });

  test('repositories get other names by path and by name', async () => {
    const images = ['platform/gateway:latest', 'team/reports:1.1', 'library/redis:7.4', 'gitea/gitea:1.22'];
    const rules = ['library/=', 'team/=site7/team/', 'platform/gateway=edge', 'platform/=unused/'];
    const flags = rules.flatMap(rule => ['--rename', rule]);
    const output = path.join(bench.base, 'renamed');
    const args = [...images, ...flags, '--data-dir', bench.site.root, '--output-dir', output];
    const { status, report, stderr } = await selectByProgram(args, { cwd: bench.base });
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      report.warnings.map(({ code }) => code),
      ['RENAME_UNUSED'],
    );
    const { tags, problems } = await inspect(output);
    assert.deepEqual(problems, []);
    assert.deepEqual(tags.map(({ repository, tag }) => `${repository}:${tag}`).sort(), [
      'edge:latest',
      'gitea/gitea:1.22',
      'redis:7.4',
      'site7/team/reports:1.1',
    ]);
  });

  test('what belongs to an image: everything, some of it by type, nothing', async () => {
    const referrersOf = async (...flags: string[]): Promise<readonly string[]> => {
      const { report } = await bench.plan([...gateway('v2.10.0'), ...flags]);
      return (report.images[0]?.referrers ?? []).map(({ digest }) => digest).sort();
    };
    const [signature, sbom] = [bench.site.signature.digest, bench.site.sbom.digest];
    assert.deepEqual(await referrersOf(), [signature, sbom].sort());
    assert.deepEqual(await referrersOf('--referrers', 'sig'), [signature]);
    assert.deepEqual(await referrersOf('--referrers', 'application/spdx*'), [sbom]);
    assert.deepEqual(await referrersOf('--no-referrers'), []);
  });

  test('a verbose dry run says for each image why it is in', async () => {
    const list = await bench.file('why.txt', 'redis:7.4\n');
    const args = ['team/*:*', '--newest', '1', 'platform/gateway:v2.1.*', '--semver', '>=1', '--from', list];
    const places = ['--data-dir', bench.site.root, '--dry-run', '--verbose', '--rename', 'library/='];
    const { status, stdout, stderr } = await runByShell([...args, ...places], { cwd: bench.base });
    assert.equal(status, 0, stderr);
    const why = (name: string): string =>
      stdout
        .split(`\n  ${name}\n`)[1]
        ?.split(/\n(?! {4})/)[0]
        ?.replace(/\s+/g, ' ')
        .trim() ?? '';
    assert.match(
      why('team/reports:1.10'),
      /^in because: matches team\/\*:\*; version in --semver >=1; newest 1 of 5 by semver/,
    );
    assert.match(
      why('platform/gateway:v2.1.0'),
      /^in because: matches platform\/gateway:v2\.1\.\*; .*newest 1 of 1 /,
    );
    assert.match(why('redis:7.4'), /^in because: .*why\.txt:1\b.* renamed from library\/redis$/);
  });
});
