import { blobs } from './blobs.ts';
import { collection } from './collection.ts';
import { harmless } from './harmless.ts';
import { links } from './links.ts';
import { manifests } from './manifests.ts';
import type { Damage } from './patient.ts';
import { tags } from './tags.ts';

/** Every way in which storage goes wrong, and what only looks like it. */
export const damages: readonly Damage[] = [
  ...harmless,
  ...blobs,
  ...links,
  ...manifests,
  ...tags,
  ...collection,
];
