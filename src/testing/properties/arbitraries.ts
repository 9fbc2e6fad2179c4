import fc from 'fast-check';
import type { Digest } from '../../oci/digest.ts';

/** What names, digests and paths are made of, and what is put there to break them. */
export const scraps: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['..', '.', '/', '//', '\\', ':', '@', '-', '_', '__', '.', 'a', 'Z', '0', ' ', '%2f', '~', '*', '{'],
    ...['}', ',', '[', ']', '!', '?', '**', '+', '\0', '\n', '\x1b[2J', '\u202e', '\ud800', 'é', '__proto__'],
    ...['constructor', 'latest', 'localhost', 'sha256', 'sha512', 'docker.io', '[::1]', ':5000', 'link'],
  ),
  fc.string({ maxLength: 3, unit: 'binary' }),
);

/** Any text, most often one that looks nearly right. */
export const text: fc.Arbitrary<string> = fc.array(scraps, { maxLength: 8 }).map(parts => parts.join(''));

export const component: fc.Arbitrary<string> = fc.stringMatching(
  /^[a-z0-9]{1,4}((\.|_|__|-{1,3})[a-z0-9]{1,3}){0,2}$/,
);
export const repository: fc.Arbitrary<string> = fc
  .array(component, { minLength: 1, maxLength: 4 })
  .map(parts => parts.join('/'));
export const tag: fc.Arbitrary<string> = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,12}$/);
export const host: fc.Arbitrary<string> = fc.constantFrom(
  ...['localhost', 'localhost:5000', 'Registry.example.com', 'a.b:1', '[::1]:5000', '10.0.0.1', 'UPPER:443'],
);

const lengths = { sha256: 64, sha384: 96, sha512: 128 } as const;

export const digest: fc.Arbitrary<Digest> = fc
  .tuple(fc.constantFrom('sha256', 'sha384', 'sha512'), fc.nat(2 ** 31 - 1))
  .map(([algorithm, number]) => {
    const hex = number.toString(16).padStart(8, '0');
    return `${algorithm}:${hex.repeat(16).slice(0, lengths[algorithm])}` as Digest;
  });

/** A digest, or one with something changed. */
export const nearDigest: fc.Arbitrary<string> = fc
  .tuple(
    digest,
    fc.nat(140),
    fc.nat(3),
    fc.oneof({ weight: 1, arbitrary: fc.constant('') }, { weight: 2, arbitrary: scraps }),
  )
  .map(([sound, at, removed, added]) => sound.slice(0, at) + added + sound.slice(at + removed));

/** Bytes at places that are to be changed: where, how many go, what comes instead. */
export type Edit = readonly [at: number, removed: number, added: Uint8Array];

export const edits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.tuple(
    fc.nat(2 ** 31 - 1),
    fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(2000) }),
    fc.uint8Array({ maxLength: 3 }),
  ),
  { minLength: 1, maxLength: 4 },
);

/** The bytes with all edits made, each in place of what is there as long as that is possible. */
export function edited(bytes: Uint8Array, changes: readonly Edit[]): Buffer {
  let whole = Buffer.from(bytes);
  for (const [place, removed, added] of changes) {
    const at = place % (whole.length + 1);
    whole = Buffer.concat([
      whole.subarray(0, at),
      added,
      whole.subarray(Math.min(at + removed, whole.length)),
    ]);
  }
  return whole;
}

/** Bytes with some of them set to others; the length stays. */
export function overwritten(bytes: Uint8Array, changes: readonly Edit[]): Buffer {
  const whole = Buffer.from(bytes);
  for (const [place, , added] of changes)
    for (const [step, byte] of added.entries()) whole[(place + step) % whole.length] = byte;
  return whole;
}
