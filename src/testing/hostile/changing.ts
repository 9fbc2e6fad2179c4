import { rename, truncate, writeFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { pathFor } from '../../registry/layout.ts';
import { patient, type Patient } from '../damages/patient.ts';
import { treeCase, type HostileCase, type HostilePlace } from './case.ts';
import * as runs from './runs.ts';

/** Large enough to be read for a while. */
const LARGE = 32 * 2 ** 20;

const withLarge = (sick: Patient) => sick.app.image({ tag: 'large', layers: [LARGE] });

type Step = (file: string, whole: Buffer, turn: number) => Promise<unknown>;

/** What somebody does to a file again and again. */
const steps: Readonly<Record<string, Step>> = {
  'shrinks and grows': (file, whole, turn) =>
    turn % 2 === 0 ? truncate(file, whole.length >> 1) : truncate(file, whole.length),
  'is emptied and written anew': (file, whole, turn) => writeFile(file, turn % 2 === 0 ? '' : whole),
  'is replaced by other bytes and back': async (file, whole, turn) => {
    await writeFile(`${file}.new`, turn % 2 === 0 ? Buffer.alloc(whole.length) : whole);
    await rename(`${file}.new`, file);
  },
  'goes and comes back': (file, _whole, turn) =>
    turn % 2 === 0 ? rename(file, `${file}.gone`) : rename(`${file}.gone`, file),
  'grows without end': (file, _whole, turn) => writeFile(file, Buffer.alloc(2 ** 16, turn), { flag: 'a' }),
};

type Pick = readonly [name: string, path: (sick: Patient) => string, content: (sick: Patient) => Buffer];

const files: readonly Pick[] = [
  [
    'a layer',
    sick => pathFor({ kind: 'blob', digest: withLarge(sick).layer(0).stored }),
    sick => Buffer.from(withLarge(sick).layer(0).contents as Uint8Array),
  ],
  [
    'a manifest',
    ({ image }) => pathFor({ kind: 'blob', digest: image.stored }),
    ({ image }) => Buffer.from(image.bytes),
  ],
  ['the link of a tag', ({ app }) => app.tagLink('1.0'), ({ image }) => Buffer.from(image.digest)],
];

const anything = { codes: [0, 1, 3, 4] };

export const changingCases: readonly HostileCase[] = files.flatMap(([what, pathOf, contentOf]) =>
  Object.entries(steps).map(([how, step]) =>
    treeCase(
      `${what} that ${how} while it is read`,
      sick => void withLarge(sick),
      [runs.salvages(anything), runs.verifies(anything), runs.packs(['**:*', '--keep-going'], anything)],
      {
        async meanwhile({ at }: HostilePlace, signal: AbortSignal) {
          const file = at('data', pathOf(patient()));
          const whole = contentOf(patient());
          // an even number of steps brings back what was there
          for (let turn = 0; !signal.aborted || turn % 2 === 1; turn++) {
            await step(file, whole, turn);
            await setImmediate();
          }
          await writeFile(file, whole);
        },
      },
    ),
  ),
);
