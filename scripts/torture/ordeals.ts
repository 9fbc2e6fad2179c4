import { faultsOrdeal } from './faults.ts';
import { fuzz } from './fuzz.ts';
import { hostile } from './hostile.ts';
import type { Ordeal } from './ordeal.ts';

/** All ordeals by name, in the order in which they are done. */
export const ordeals: Readonly<Record<string, Ordeal>> = { faults: faultsOrdeal, hostile, fuzz };
