import type { Plan } from '../plan.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { dockerArchive } from './docker-archive.ts';
import type { Format, FormattedPlan } from './format.ts';
import type { ExistingIndex } from './oci-index.ts';
import { ociLayout } from './oci-layout.ts';
import { readPlanManifests } from './plan-manifests.ts';

export interface FormatInput {
  readonly format: Format;
  /** Without a base: the other side of such a format has no registry. */
  readonly plan: Plan;
  /** Of the source. */
  readonly driver: StorageDriver;
  readonly signal: AbortSignal;
  /** Only for a directory that is an OCI image layout already; its other images are kept. */
  readonly existing?: ExistingIndex;
}

/**
 * Puts a plan into another format.
 * @throws what {@link readPlanManifests} throws
 */
export async function formatPlan(input: FormatInput): Promise<FormattedPlan> {
  const { format, plan, driver, signal, existing } = input;
  if (plan.totals.baseBlobs > 0) throw new TypeError('only a registry can be the base of what is shipped');
  const manifests = await readPlanManifests(plan, driver, signal);
  return format === 'oci' ? ociLayout(plan, manifests, existing) : dockerArchive(plan, manifests);
}
