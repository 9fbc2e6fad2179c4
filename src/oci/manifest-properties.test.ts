import { test } from 'node:test';
import { manifestProperties } from '../testing/properties/manifests.ts';

/** Drawn anew each time; what does not hold is told with its seed. */
const seed = Date.now() % 2 ** 31;

for (const { name, hold } of manifestProperties) test(name, () => hold(300, seed));
