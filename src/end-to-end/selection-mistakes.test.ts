import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { requirements } from '../testing/requirements.ts';
import { openBench, selectByProgram, type Bench } from './selecting.ts';

describe('choosing what is not there, or not what was meant', { skip: requirements(['sh']) }, () => {
  let bench: Bench;

  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  test('what a list names and the registry lacks is told with file and line', async () => {
    const list = await bench.file(
      'lacking.yaml',
      'services:\n  a: { image: redis:7.4 }\n  b:\n    image: redis:9\n',
    );
    const args = [
      '--from',
      list,
      '--from',
      await bench.file('list.txt', '# ours\nteam/reports:1.1\nteam/reprots:1.2\n'),
    ];
    const { status, images, report, stderr } = await bench.plan(args);
    assert.equal(status, 3);
    assert.deepEqual(images, ['library/redis:7.4', 'team/reports:1.1']);
    assert.deepEqual(
      report.errors.map(({ code }) => code),
      ['TAG_UNKNOWN', 'NAME_UNKNOWN'],
    );
    assert.match(stderr, /lacking\.yaml:4\b/);
    assert.match(stderr, /list\.txt:3\b/);
    assert.match(stderr, /did you mean team\/reports/);
  });

  test('two images that would get one name are refused before anything is written', async () => {
    const output = path.join(bench.base, 'collided');
    const rules = ['platform/gateway=edge', 'platform/auth/server=edge'].flatMap(rule => ['--rename', rule]);
    const args = ['platform/**', ...rules, '--data-dir', bench.site.root, '--output-dir', output];
    const { status, report } = await selectByProgram(args, { cwd: bench.base });
    assert.equal(status, 2);
    assert.deepEqual(
      report.errors.map(({ code, reference }) => [code, reference]),
      [['RENAME_CONFLICT', 'edge:latest']],
    );
    assert.match(
      report.errors[0]?.message ?? '',
      /platform\/auth\/server:latest .* platform\/gateway:latest /,
    );
    assert.ok(!existsSync(output));
  });

  test('a platform that an image lacks is an error that names what there is', async () => {
    const { status, report } = await bench.plan(['team/reports:1.1', '--platform', 'linux/arm64']);
    assert.equal(status, 3);
    assert.equal(report.errors[0]?.code, 'PLATFORM_UNKNOWN');
    assert.match(report.errors[0].message, /linux\/arm64.* linux\/amd64/);
    assert.deepEqual(await bench.planned('team/reports:1.1', '--platform', 'linux/amd64'), [
      'team/reports:1.1',
    ]);
  });

  test('a pattern that matches nothing fails with near names, also beside others', async () => {
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['platfrom/*:*', 'NAME_UNKNOWN', /'platform\/\*:\*'/],
      ['platform/gatway:v2.*', 'NAME_UNKNOWN', /'platform\/gateway:v2\.\*'/],
      ['platform/gateway:v3.*', 'TAG_UNKNOWN', /^newest tags: (v2\.|latest)/],
    ];
    for (const [pattern, code, hint] of cases) {
      const { status, images, report } = await bench.plan([pattern, 'team/reports:1.1']);
      assert.equal(status, 3);
      assert.deepEqual(images, ['team/reports:1.1']);
      assert.deepEqual([report.errors[0]?.code, report.errors[0]?.reference], [code, pattern]);
      assert.match(report.errors[0]?.hint ?? '', hint);
    }
  });

  test('a pattern that the shell expanded is recognised, an empty argument is not taken for one', async () => {
    const cwd = path.join(bench.base, 'home');
    await mkdir(path.join(cwd, 'apps'), { recursive: true });
    for (const name of ['compose.yaml', 'notes.txt', 'apps/web', 'apps/api'])
      await writeFile(path.join(cwd, name), '');
    const top = await bench.plan([], { cwd, unquoted: '*' });
    assert.equal(top.status, 3);
    assert.match(top.report.errors[0]?.hint ?? '', /compose\.yaml, notes\.txt are files here/);
    assert.match(top.report.errors[0]?.hint ?? '', /quote the pattern: '\*:\*'/);
    const below = await bench.plan([], { cwd, unquoted: 'apps/*' });
    assert.match(below.report.errors[0]?.hint ?? '', /'apps\/\*:\*'/);
    const list = await bench.plan(['compose.yaml'], { cwd });
    assert.match(list.report.errors[0]?.hint ?? '', /--from compose\.yaml/);
    const empty = await bench.plan([''], { cwd });
    assert.equal(empty.status, 2);
    assert.doesNotMatch(empty.report.errors[0]?.hint ?? '', /is a file here/);
  });

  test('a pattern that the shell expanded to directories is recognised, too', async () => {
    const cwd = path.join(bench.base, 'sources');
    for (const name of ['app', 'web']) await mkdir(path.join(cwd, 'group', name), { recursive: true });
    const { status, report } = await bench.plan([], { cwd, unquoted: 'group/*' });
    assert.equal(status, 3);
    assert.match(report.errors[0]?.hint ?? '', /quote the pattern: 'group\/\*:\*'/);
  });

  test('an empty list and an empty pipe are errors', async () => {
    for (const text of ['', '\n# nothing yet\n\n']) {
      const { status, report } = await bench.plan([
        '--from',
        await bench.file('empty.txt', text),
        'team/reports:1.1',
      ]);
      assert.equal(status, 2);
      assert.deepEqual([report.errors[0]?.code, report.errors[0]?.path], ['LIST_INVALID', 'empty.txt']);
    }
    const { status, report } = await bench.plan(['--from', '-']);
    assert.equal(status, 2);
    assert.match(report.errors[0]?.hint ?? '', /command before the pipe/);
  });
});
