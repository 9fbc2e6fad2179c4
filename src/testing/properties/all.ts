import { manifestProperties } from './manifests.ts';
import { digestProperties, layoutProperties, referenceProperties } from './names.ts';
import { archiveProperties, inventoryProperties } from './packed.ts';
import type { Property } from './property.ts';
import { selectionProperties } from './selection.ts';

/** Everything that holds for whatever is drawn. */
export const properties: readonly Property[] = [
  ...referenceProperties,
  ...digestProperties,
  ...layoutProperties,
  ...manifestProperties,
  ...archiveProperties,
  ...inventoryProperties,
  ...selectionProperties,
];
