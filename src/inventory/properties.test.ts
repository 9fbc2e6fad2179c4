import { test } from 'node:test';
import { inventoryProperties } from '../testing/properties/packed.ts';

/** Drawn anew each time; what does not hold is told with its seed. */
const seed = Date.now() % 2 ** 31;

for (const { name, hold } of inventoryProperties) test(name, () => hold(60, seed));
