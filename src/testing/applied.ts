import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { inspect } from '../end-to-end/inspect.ts';
import type { Failure } from '../errors.ts';
import { applies, call } from './call.ts';
import type { ShippingPlace } from './shipping-place.ts';
import { listDirectory, type Listing } from './tree.ts';

/** What an apply into a new directory came to. */
export interface AppliedAnew {
  readonly code: number;
  readonly errors: readonly Failure[];
  /** What is in the directory afterwards. */
  readonly listing: Listing;
  /** Tags that a registry over it would serve. */
  readonly tags: readonly string[];
}

/** Applies to a directory that is empty before, and expects that all a registry would see in it is whole. */
export async function appliesAnew(
  { cwd, at }: ShippingPlace,
  ...argv: readonly string[]
): Promise<AppliedAnew> {
  await rm(at('anew'), { recursive: true, force: true });
  await mkdir(at('anew'));
  const { code, report } = await applies(cwd, ...argv, '-d', 'anew', '-j', '1');
  const { tags, problems } = await inspect(at('anew'));
  assert.deepEqual(problems, []);
  return {
    ...{ code, errors: report.errors },
    listing: await listDirectory(at('anew')),
    tags: tags.map(({ repository, tag }) => `${repository}:${tag}`).sort(),
  };
}

/** Expects that an apply is refused with this exit code, and that no tag shows up; returns what was said first. */
export async function refusesToApply(
  place: ShippingPlace,
  exitCode: number,
  ...argv: readonly string[]
): Promise<Failure> {
  const { code, errors, tags, listing } = await appliesAnew(place, ...argv);
  const [failure] = errors;
  assert.equal(code, exitCode, `${argv.join(' ')}: ${JSON.stringify(errors)}`);
  assert.ok(failure);
  assert.doesNotMatch(`${failure.message} ${failure.hint ?? ''}`, /undefined|\[object|NaN/);
  assert.deepEqual(tags, []);
  assert.ok(
    [...listing.keys()].every(path => !path.includes('/repositories/')),
    'links were written',
  );
  return failure;
}

/** The exit code of a verification, and what it printed. */
export async function verifies(
  { cwd }: ShippingPlace,
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly text: string }> {
  const { code, stdout, stderr } = await call(cwd, 'verify', ...argv, '-j', '1');
  return { code, text: stdout + stderr };
}
