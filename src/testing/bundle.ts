import assert from 'node:assert/strict';
import { encodeManifest } from '../bundle/encode-manifest.ts';
import { makeManifest } from '../bundle/make-manifest.ts';
import type { BundleManifest, SelectionRecord } from '../bundle/manifest.ts';
import type { Digest } from '../oci/digest.ts';
import type { Plan } from '../plan.ts';
import { buildRegistry, type RegistryBuilder } from './registry.ts';
import { scrapeTree, type MemoryScrapeSettings } from './scrape.ts';

/** A call that names its references and nothing else. */
export function selectionRecord(references: readonly string[]): SelectionRecord {
  return {
    ...{ references, from: [], exclude: [], tagRegex: null, semver: null, prerelease: false, newest: null },
    ...{ newestBy: null, platforms: [], referrers: null, rename: [] },
  };
}

export interface Shipment {
  readonly registry: RegistryBuilder;
  readonly references: readonly string[];
}

/**
 * Images of every kind in two repositories: Docker's and OCI's, an index, schema1 with a signature of its own, a layer by
 * its SHA-512, referrers by tag and by subject, a cache whose layers are an index's children, and one by its digest alone.
 */
export function shipment(): Shipment {
  const registry = buildRegistry('shipment');
  const app = registry.repository('team/app');
  const base = app.blob(3000);
  const first = app.image({ tag: '1', layers: [base, 700] });
  const second = app.image({ layers: [base, 500], platform: 'linux/arm64', format: 'docker' });
  app.index([first, second], { tag: '10', format: 'docker' });
  app.index([first, second], { tag: 'constructor' });
  app.signature(first);
  app.artifact({ subject: first });
  const other = registry.repository('other');
  other.schema1({ tag: 'old', signature: 'linked' });
  other.image({ tag: '__proto__', layers: [{ content: 900, algorithm: 'sha512' }, base] });
  other.cacheIndex({ tag: 'cache' });
  const loose = other.image({ layers: [40] });
  const references = [
    ...['1', '10', 'constructor'].map(tag => `team/app:${tag}`),
    ...['old', '__proto__', 'cache'].map(tag => `other:${tag}`),
    `other@${loose.digest}`,
  ];
  return { registry, references };
}

/** What a plain call of the program would ship: with all that belongs to the images. */
export async function planWithReferrers(
  registry: RegistryBuilder,
  references: readonly string[],
  settings: MemoryScrapeSettings = {},
): Promise<Plan> {
  const plans: Plan[] = [];
  const observer = { onPlan: (plan: Plan) => plans.push(plan) };
  const { report } = await scrapeTree(registry, references, {
    referrers: {},
    dryRun: true,
    observer,
    ...settings,
  });
  const [plan] = plans;
  assert.ok(plan, report.errors[0]?.message);
  return plan;
}

export interface PlannedShipment extends Shipment {
  readonly plan: Plan;
  readonly manifest: BundleManifest;
  /** The manifest's bytes. */
  readonly bytes: Buffer;
}

/** @param left which blobs the base has */
export async function planShipment(
  { registry, references } = shipment(),
  left?: (digest: Digest, position: number) => boolean,
): Promise<PlannedShipment> {
  const whole = await planWithReferrers(registry, references);
  const blobs = whole.blobs.map((blob, position) => ({
    ...blob,
    inBase: blob.role !== 'manifest' && left?.(blob.digest, position) === true,
  }));
  const plan = { ...whole, blobs };
  const selection = selectionRecord(references);
  const base = left && { base: [{ kind: 'inventory', digest: whole.blobs[0]?.digest ?? null }] as const };
  const manifest = makeManifest({ plan, selection, version: '1.2.3', ...base });
  return { registry, references, plan, manifest, bytes: encodeManifest(manifest) };
}
