import { test } from 'node:test';
import { selectionProperties } from '../testing/properties/selection.ts';

/** Drawn anew each time; what does not hold is told with its seed. */
const seed = Date.now() % 2 ** 31;

for (const { name, hold } of selectionProperties) test(name, () => hold(300, seed));
