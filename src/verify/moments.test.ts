/** What verify does whichever answer of the storage comes late, is the last, or does not come. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import { digestOf } from '../oci/digest.ts';
import { attendedDriver } from '../testing/attended.ts';
import { patient, type Patient } from '../testing/damages/patient.ts';
import { seededRandom } from '../testing/random.ts';
import { TODAY, verifyDriver, type Verified, type VerifySettings } from '../testing/verify.ts';
import type { Finding } from './finding.ts';

/** A registry with a little of everything that verify waits for. */
function busy(): Patient {
  const made = patient();
  const { app, image, index, registry } = made;
  app.schema1({ tag: 'old', signature: 'linked' });
  app.image({ tag: 'alias', layers: [{ content: 210, algorithm: 'sha512' }] });
  const named = app.image({ layers: [250] });
  const sha512 = digestOf('sha512', createHash('sha512').update(named.bytes).digest('hex'));
  registry.remove(app.revisionLink(named));
  registry.tree.set(app.revisionLink(sha512), Buffer.from(named.digest));
  app.image({ tag: 'ancient', linkedIn: 'layers', layers: [220] });
  app.index([index, app.image({ stored: false, layers: [230] })], { tag: 'outer' });
  app.artifact({ subject: app.signature(image) });
  app.tag('1.0', index);
  app.abortedUpload(100);
  registry.repository('team/app/below').image({ layers: [240] });
  return made;
}

/** The same with much of it damaged. */
function damaged(): Patient {
  const made = busy();
  const { app, image, untagged, children, registry, put } = made;
  registry.flipBit(image.layer(0));
  registry.flipBit(children[0]);
  registry.remove(untagged.layer(0));
  registry.remove(app.layerLink(image.layer(1)));
  registry.makeEmpty(app.tagLink('multi'));
  registry.append(app.revisionLink(untagged), '\n');
  registry.truncate(made.other.layer(0), 5);
  registry.orphan();
  registry.litter(image);
  app.ghostTag('ghost');
  registry.makeEmpty(app.tagHistoryLink('1.0', image));
  put('repositories/team/app/_manifests/tags/-', 'directory');
  put('repositories/foreign', Buffer.from('x'));
  put('blobs/sha256/ab/some/data', Buffer.from('x'));
  const below = ['blobs', 'blobs/sha256', 'blobs/sha256/ab', '.', 'repositories/zed/_layers'];
  below.push('repositories/zed/_layers/sha256', 'repositories/zed/_manifests', 'repositories/zed');
  below.push('repositories/zed/_manifests/revisions/sha256', 'repositories/zed/_manifests/tags/1.0');
  for (const directory of below) put(posix.join(directory, 'Foreign/deep/file'), Buffer.from('x'));
  return made;
}

type OnAsk = Parameters<typeof attendedDriver>[1];

const verifyAttended = (
  { registry }: Patient,
  onAsk: OnAsk,
  settings: VerifySettings = {},
): Promise<Verified> => verifyDriver(attendedDriver(registry.driver(), onAsk), { now: TODAY, ...settings });

async function askedOf(
  made: Patient,
): Promise<{ readonly paths: readonly string[]; readonly whole: Verified }> {
  const asked = new Set<string>();
  const whole = await verifyAttended(made, path => void asked.add(path));
  return { paths: [...asked], whole };
}

/** In an order of their own: they come as they are made. */
const said = ({ findings }: Verified): readonly string[] =>
  findings.map(finding => JSON.stringify(finding)).sort();

for (const [name, make] of Object.entries({ sound: busy, damaged }))
  test(`whichever answers come late, the same is found (${name})`, async () => {
    const made = make();
    const { paths, whole } = await askedOf(made);
    assert.ok(paths.length > 100);
    const random = seededRandom(name);
    for (let turn = 0; turn < 30; turn += 1) {
      const late = new Set(paths.filter(() => random.integer(4) === 0));
      const later = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
      const found = await verifyAttended(made, path => (late.has(path) ? later() : undefined));
      assert.deepEqual([said(found), found.errors], [said(whole), []]);
      // kinds in the order in which they were found first
      assert.deepEqual(Object.entries(found.totals).map(plain), Object.entries(whole.totals).map(plain));
    }
  });

const plain = ([key, value]: readonly [string, unknown]): readonly [string, unknown] => [
  key,
  typeof value === 'object' && value !== null ? { ...value } : value,
];

test('it waits for whoever takes a finding', async () => {
  const made = damaged();
  const { whole } = await askedOf(made);
  for (const { kind, path } of whole.findings) {
    const onFinding = async (finding: Finding): Promise<void> => {
      if (finding.kind === kind && finding.path === path)
        await new Promise(resolve => setTimeout(resolve, 40));
    };
    const found = await verifyAttended(made, () => undefined, { onFinding });
    assert.deepEqual(said(found), said(whole), kind);
  }
});

/** Of what stands below two digits each is like the others. */
const alike = /\/sha256\/[4-9a-f][0-9a-f](\/[0-9a-f]{64})?$/;

/** All of them, or one in so many: each costs a whole run. */
const some = (paths: readonly string[], stride: number): readonly string[] =>
  paths.filter(path => !alike.test(path)).filter((_, at) => at % stride === 0);

for (const before of [0, 1])
  test(`what cannot be read is an error, and nothing is concluded from it (after ${String(before)} times)`, async () => {
    const made = busy();
    const { paths, whole } = await askedOf(made);
    // what is smaller or named otherwise for want of what was not read is the same finding
    const about = ({ findings }: Verified): readonly string[] =>
      findings.map(({ kind, path, tag }) => [kind, path, tag].join(' '));
    const known = new Set(about(whole));
    for (const broken of some(paths, before === 0 ? 1 : 3)) {
      let left = before;
      const found = await verifyAttended(made, path => {
        if (path !== broken || (left -= 1) >= 0) return undefined;
        throw new ScraperError('IO_ERROR', `reading ${path}`, { path });
      });
      // names of images are looked up in places where nothing stands, too
      const stands = [...made.registry.tree.keys()].some(path => `${path}/`.startsWith(`${broken}/`));
      if (before === 0) assert.ok(found.errors.length > 0 || !stands, broken);
      for (const { code, details } of found.errors)
        assert.deepEqual([code, details.path], ['IO_ERROR', broken]);
      const concluded = about(found).filter(text => !known.has(text));
      assert.deepEqual(concluded, [], broken);
    }
  });

test('whatever vanishes meanwhile, it goes on to the end, and has no other errors', async () => {
  const made = damaged();
  const { paths } = await askedOf(made);
  for (const gone of some(paths, 3)) {
    const { errors, kinds } = await verifyAttended(made, path => {
      if (path !== gone) return undefined;
      throw new ScraperError('PATH_UNKNOWN', `${path} is gone`, { path });
    });
    assert.deepEqual([errors, kinds.filter(kind => kind.startsWith('SYMLINK'))], [[], []], gone);
  }
});

test('a defect is thrown, wherever it comes', async () => {
  const made = damaged();
  const { paths } = await askedOf(made);
  for (const last of some(paths, 3)) {
    const defect = new TypeError('not a function');
    const work = verifyAttended(made, path => {
      if (path === last) throw defect;
      return undefined;
    });
    await assert.rejects(work, error => error === defect, last);
  }
});

test('told to stop at whatever it is, it ends with the reason', async () => {
  const made = damaged();
  const { paths } = await askedOf(made);
  const tried = some(paths, 4);
  let stopped = 0;
  for (const last of tried) {
    const stop = new AbortController();
    const reason = new ScraperError('TERMINATED', 'terminated');
    let after = 0;
    const onAsk: OnAsk = path => {
      if (stop.signal.aborted) after += 1;
      if (path === last) stop.abort(reason);
      return undefined;
    };
    const outcome = await verifyAttended(made, onAsk, { signal: stop.signal }).catch(
      (error: unknown) => error,
    );
    if (outcome === reason) stopped += 1;
    else assert.ok(typeof outcome === 'object' && outcome !== null && 'totals' in outcome, last);
    assert.ok(after < 50, `${String(after)} after ${last}`);
  }
  assert.ok(stopped > tried.length * 0.8);
});
