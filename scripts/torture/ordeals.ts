import { faultsOrdeal as faults } from './faults.ts';
import { fuzz } from './fuzz.ts';
import { hostile } from './hostile.ts';
import { kills } from './kills.ts';
import { living } from './living.ts';
import type { Ordeal } from './ordeal.ts';

/** All ordeals by name, in the order in which they are done. */
export const ordeals: Readonly<Record<string, Ordeal>> = { kills, faults, living, hostile, fuzz };
