import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { filesystemDriver } from '../storage/filesystem.ts';
import { damages } from '../testing/damages/all.ts';
import { patient, type Damage, type Patient } from '../testing/damages/patient.ts';
import { withRegistry } from '../testing/docker-registry.ts';
import { damageAtRandom } from '../testing/random-damage.ts';
import { seededRandom } from '../testing/random.ts';
import { pullBlob, pushBlob } from '../testing/registry-client.ts';
import { requirements } from '../testing/requirements.ts';
import { temporaryDirectory, type Tidied } from '../testing/temporary.ts';
import { verifyDriver } from '../testing/verify.ts';
import { runProgram } from './program.ts';
import { askRegistry, type StockVerdict } from './stock-verdict.ts';
import { sha256 } from './served-copy.ts';

const skip = requirements(['docker-registry']);

/** Whether a stock registry serves everything and collects no more than garbage. */
function isContent({ complaints, garbage, served }: StockVerdict): boolean {
  return (
    complaints.length === 0 && !(garbage instanceof Error) && !garbage.some(digest => served.has(digest))
  );
}

function verdictText({ complaints, garbage, served }: StockVerdict): string {
  const lost =
    garbage instanceof Error
      ? `garbage-collect fails: ${garbage.message.trim().split('\n').at(-1) ?? ''}`
      : `of ${String(garbage.length)} blobs to be collected ${String(garbage.filter(digest => served.has(digest)).length)} are in use`;
  return [...complaints, lost].join('; ');
}

/** Damage that nobody thought of: so many seeds, each of which does one or two things to some file. */
const SEEDS = 16;

describe('verify and a stock registry agree', { skip, concurrency: 2 }, () => {
  for (const damage of damages) test(damage.name, t => compare(damage, t));
  for (let seed = 0; seed < SEEDS; seed += 1) {
    test(`random damage, seed ${String(seed)}`, async t => {
      const random = seededRandom(`damage ${String(seed)}`);
      const make = ({ registry }: Patient): void => {
        t.diagnostic(damageAtRandom(registry, random));
        if (random.integer(2) === 0) t.diagnostic(damageAtRandom(registry, random));
      };
      await compare({ make }, t);
    });
  }
});

async function compare(
  { make, unlikeRegistry }: Pick<Damage, 'make' | 'unlikeRegistry'>,
  t: Tidied & { diagnostic(text: string): void },
): Promise<void> {
  const made = patient();
  make(made);
  const root = await temporaryDirectory(t);
  await made.registry.write(root);
  // names of what was pushed in addition are asked for too
  const before = new Map([...patient().registry.tree, ...made.registry.tree]);
  const verdict = await askRegistry(root, before);
  const { kinds, totals, findings } = await verifyDriver(filesystemDriver({ root }));
  t.diagnostic(`${kinds.join(', ') || 'sound'}: ${verdictText(verdict)}`);
  const sound = totals.damaged + totals.missing === 0;
  assert.equal(sound || unlikeRegistry !== undefined, isContent(verdict), verdictText(verdict));
  if (!sound || verdict.garbage instanceof Error) return;
  const orphans = findings.flatMap(({ kind, digest }) => (kind === 'BLOB_ORPHAN' && digest ? [digest] : []));
  assert.deepEqual(orphans.toSorted(), verdict.garbage.toSorted());
}

test('pushing a damaged blob again does not mend it, orphan or not, as verify warns', { skip }, async t => {
  const { registry, app, image } = patient();
  const damaged = [image.layer(0), registry.orphan(200)];
  const sound = damaged.map(({ contents }) => Buffer.from(contents as Uint8Array));
  for (const blob of damaged) registry.flipBit(blob);
  const root = await temporaryDirectory(t);
  await registry.write(root);
  await withRegistry(root, async ({ url }) => {
    for (const [place, { digest }] of damaged.entries()) {
      await pushBlob(url, app.name, 'application/octet-stream', sound[place] ?? Buffer.alloc(0));
      assert.notEqual(sha256(await pullBlob(url, app.name, digest)), digest);
    }
  });
  const { kinds } = await verifyDriver(filesystemDriver({ root }));
  assert.deepEqual(kinds, ['BLOB_CORRUPT', 'BLOB_CORRUPT', 'BLOB_ORPHAN']);
});

test('the built program hashes with its own workers, and its exit code tells what it found', async t => {
  const made = patient();
  const root = await temporaryDirectory(t);
  await made.registry.write(root);
  const sound = await runProgram(['verify', root]);
  assert.deepEqual([sound.status, sound.stderr], [0, '']);
  assert.match(sound.stdout, / is sound: /);
  made.registry.flipBit(made.image.layer(0));
  await made.registry.write(root);
  const { status, stdout } = await runProgram(['verify', '--json', root]);
  assert.equal(status, 4);
  const { findings } = JSON.parse(stdout) as { findings: readonly { kind: string; references: unknown }[] };
  assert.deepEqual(
    findings.map(({ kind, references }) => [kind, references]),
    [['BLOB_CORRUPT', ['team/app:1.0']]],
  );
});
