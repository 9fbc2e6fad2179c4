import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import { pathFor } from '../registry/layout.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { patient } from '../testing/damages/patient.ts';
import { TODAY, verifyDriver } from '../testing/verify.ts';

const DAY = 24 * 3600 * 1000;
const upload = `${pathFor({ kind: 'uploads', repository: 'zed' })}/u`;

/** A registry with one upload that holds these files, each of three bytes unless it is a date. */
function driverWith(files: Readonly<Record<string, string>>, modified = 0): StorageDriver {
  const { registry } = patient();
  for (const [name, text] of Object.entries(files)) registry.tree.set(`${upload}/${name}`, Buffer.from(text));
  return registry.driver({ modified });
}

async function told(driver: StorageDriver): Promise<readonly unknown[]> {
  const { findings, errors } = await verifyDriver(driver);
  return [
    ...findings.map(({ kind, size, message }) => [kind, size, message]),
    ...errors.map(one => one.code),
  ];
}

const abandoned = (size: number, date: string): readonly unknown[] => [
  ['UPLOAD_ABANDONED', size, `an upload of ${date} was never completed`],
];

test('its own date counts, however lately it was touched; one that is none does not', async () => {
  const begun = '2026-01-02T03:04:05Z';
  const files = { data: 'xyz', startedat: begun };
  assert.deepEqual(await told(driverWith(files, TODAY)), abandoned(3 + begun.length, '2026-01-02'));
  const undated = { data: 'xyz', startedat: 'then' };
  assert.deepEqual(await told(driverWith(undated, TODAY)), []);
  assert.deepEqual(await told(driverWith(undated, TODAY - 2 * DAY)), abandoned(7, '2026-01-07'));
});

test('without a date, what was written last counts, be it a directory or a file', async () => {
  const driver = driverWith({ data: 'xyz', 'hashstates/sha256/0': 'xyz' });
  const written = (late: string): StorageDriver => ({
    ...driver,
    // directories have a size of their own on disk
    stat: async path => {
      const info = await driver.stat(path);
      const size = info.kind === 'directory' ? 4096 : info.size;
      return { ...info, size, modified: path === late ? TODAY : 0 };
    },
  });
  const places = ['', '/data', '/hashstates', '/hashstates/sha256', '/hashstates/sha256/0'];
  for (const late of places.map(place => upload + place))
    assert.deepEqual(await told(written(late)), [], late);
  assert.deepEqual(await told(written('')), abandoned(6, '1970-01-01'));
});

test('what lies deeper than a registry puts it is not looked at', async () => {
  const driver = driverWith({ 'a/b/c/file': 'xyz', 'a/b/c/d/file': 'xyz' });
  assert.deepEqual(await told(driver), abandoned(3, '1970-01-01'));
});

test('an upload that ends meanwhile is none that broke off', async () => {
  const driver = driverWith({ data: 'xyz' });
  const gone = (path: string): void => {
    if (path.startsWith(upload)) throw new ScraperError('PATH_UNKNOWN', `${path} is gone`);
  };
  assert.deepEqual(
    await told({
      ...driver,
      stat: path => (gone(path), driver.stat(path)),
      async *list(path) {
        gone(path);
        yield* driver.list(path);
      },
    }),
    [],
  );
});

test('an upload that cannot be looked at is an error and nothing else', async () => {
  const { registry } = patient();
  const driver = registry.driver();
  const denied = (path: string): void => {
    if (path.startsWith(upload)) throw new ScraperError('ACCESS_DENIED', `${path} is denied`);
  };
  const uploads = pathFor({ kind: 'uploads', repository: 'zed' });
  assert.deepEqual(
    await told({
      ...driver,
      stat: async path => (denied(path), await driver.stat(path)),
      async *list(path) {
        denied(path);
        if (path === uploads) yield { name: 'u', kind: 'directory' };
        else yield* driver.list(path);
      },
    }),
    ['ACCESS_DENIED'],
  );
});

test('an upload that is listed and cannot be looked at is an error, told once', async () => {
  for (const files of [{}, { data: 'xyz' }] as const) {
    const { registry } = patient();
    registry.tree.set(upload, 'directory');
    for (const [name, text] of Object.entries(files))
      registry.tree.set(`${upload}/${name}`, Buffer.from(text));
    const driver = registry.driver({ modified: TODAY });
    const stat: StorageDriver['stat'] = async path => {
      if (path === upload) throw new ScraperError('IO_ERROR', `${path} fails`);
      return driver.stat(path);
    };
    assert.deepEqual(await told({ ...driver, stat }), ['IO_ERROR']);
  }
});

test('a file of it that cannot be looked at counts for nothing', async () => {
  const driver = driverWith({ data: 'xyz', other: 'xy' });
  const stat: StorageDriver['stat'] = async path => {
    if (path === `${upload}/data`) throw new ScraperError('IO_ERROR', `${path} fails`);
    return driver.stat(path);
  };
  assert.deepEqual(await told({ ...driver, stat }), [...abandoned(2, '1970-01-01'), 'IO_ERROR']);
});

test('a defect met on the way is thrown', async () => {
  const driver = driverWith({ startedat: 'then' });
  const defect = new TypeError('no function');
  const broken = (path: string): void => {
    if (path.endsWith('/startedat')) throw defect;
  };
  const atTop = (path: string): void => {
    if (path === upload) throw defect;
  };
  for (const failing of [
    { ...driver, stat: (path: string) => (atTop(path), driver.stat(path)) },
    { ...driver, stat: (path: string) => (broken(path), driver.stat(path)) },
    { ...driver, read: (path: string, most: number) => (broken(path), driver.read(path, most)) },
  ])
    await assert.rejects(told(failing), error => error === defect);
});
