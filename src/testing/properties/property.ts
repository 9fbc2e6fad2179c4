import fc from 'fast-check';

/** Something that holds for whatever is drawn. */
export interface Property {
  /** A sentence. */
  readonly name: string;
  /** How much of a long run is spent on it, in cases, compared with the others. */
  readonly weight: number;
  /** Rejects with the seed and the smallest case that it found, if it does not hold. */
  readonly hold: (cases: number, seed: number) => Promise<void>;
}

/** @param check throws, or rejects, if it does not hold */
export function property<T>(
  name: string,
  weight: number,
  drawn: fc.Arbitrary<T>,
  check: (value: T) => void | Promise<void>,
): Property {
  return {
    name,
    weight,
    async hold(cases, seed) {
      const options = { numRuns: cases, seed };
      // waiting for nothing, a million times, takes longer than most of the checks
      if (isAsync(check)) await fc.assert(fc.asyncProperty(drawn, check), options);
      else
        fc.assert(
          fc.property(drawn, value => void check(value)),
          options,
        );
    },
  };
}

function isAsync<T>(check: (value: T) => void | Promise<void>): check is (value: T) => Promise<void> {
  return check.constructor.name === 'AsyncFunction';
}
