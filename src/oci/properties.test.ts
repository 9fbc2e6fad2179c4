import { test } from 'node:test';
import { digestProperties, referenceProperties } from '../testing/properties/names.ts';

/** Drawn anew each time; what does not hold is told with its seed. */
const seed = Date.now() % 2 ** 31;

for (const { name, hold } of [...digestProperties, ...referenceProperties]) test(name, () => hold(300, seed));
