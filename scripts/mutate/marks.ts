import type { Mutant } from './mutants.ts';

/** A fault that no test can or need notice, and why. */
export type Mark = {
  readonly file: string;
  readonly why: string;
} & (
  | {
      /** As {@link Mutant.change} says it. */
      readonly change: string;
    }
  | {
      /** Name of a function all of whose faults are meant. */
      readonly within: string;
    }
);

/** What the mutation check leaves out. A mark that fits no mutant any more is an error: the code has changed. */
export const marks: readonly Mark[] = [
  ...all('src/registry/layout.ts', 'a length with room to spare: one more or less means nothing', [
    'export const MAX_LINK_BYTES = 256; → export const MAX_LINK_BYTES = (256 + 1);',
    'export const MAX_LINK_BYTES = 256; → export const MAX_LINK_BYTES = (256 - 1);',
  ]),
  ...all('src/registry/layout.ts', 'a part that is absent makes a digest as little as an empty one does', [
    "const text = `\${parts[0] ?? ''}:\${parts[1] ?? ''}`; → const text = `\${(parts[0])}:\${parts[1] ?? ''}`;",
    "const text = `\${parts[0] ?? ''}:\${parts[1] ?? ''}`; → const text = `\${parts[0] ?? ''}:\${(parts[1])}`;",
  ]),
  ...all('src/oci/digest.ts', 'no digest has so few digits, whichever number says that there is none', [
    ': -1; → : -(1 + 1);',
    ': -1; → : -(1 - 1);',
  ]),
  ...all('src/oci/digest.ts', 'what every object has is no number, and so no length either', [
    'const length = Object.hasOwn(hexLengths, text.slice(0, colon)) ? hexLengths[text.slice(0, colon) as Algorithm] : -1; → const length = (hexLengths[text.slice(0, colon) as Algorithm]);',
  ]),
  ...all('src/oci/digest.ts', 'the third part is not looked at', [
    "const [algorithm = '', encoded] = text.split(':', 2); → const [algorithm = '', encoded] = text.split(':', (2 + 1));",
  ]),
];

function all(file: string, why: string, changes: readonly string[]): readonly Mark[] {
  return changes.map(change => ({ file, why, change }));
}

export function fits(mark: Mark, { file, change, within }: Mutant): boolean {
  if (mark.file !== file) return false;
  return 'change' in mark ? mark.change === change : within.includes(mark.within);
}
