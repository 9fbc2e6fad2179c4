import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import type { Image } from '../testing/image.ts';
import { composeImages } from './site-lists.ts';

/** A registry of one site, on disk: its own images, and what it runs of others'. */
export interface Site {
  /** Its root directory. */
  readonly root: string;
  readonly registry: RegistryBuilder;
  /** All its images with a tag that is named after no digest, `repository:tag`, sorted. */
  readonly tagged: readonly string[];
  /** platform/gateway:v2.10.0, which has a cosign signature and an SBOM that refers to it. */
  readonly signed: Image;
  readonly signature: Image;
  readonly sbom: Image;
  /** library/memcached, which has no tag. */
  readonly pinned: Image;
}

const own: Readonly<Record<string, readonly string[]>> = {
  'platform/gateway': ['v1.9.0', 'v1.10.0', 'v2.0.0', 'v2.1.0', 'v2.2.0', 'v2.11.0-rc.1', 'latest'],
  'platform/auth/server': ['1.0.0', '2.3.0', '2.4.0', 'nightly', 'latest'],
  'platform/auth/proxy': ['2.0.1'],
};

/** Tags of team/reports with the days on which they were made and pushed: by each order others are the newest three. */
const reports: Readonly<Record<string, { readonly created: number; readonly pushed: number }>> = {
  '1.1': { created: 5, pushed: 1 },
  '1.2': { created: 4, pushed: 5 },
  '1.3': { created: 1, pushed: 4 },
  '1.9': { created: 3, pushed: 2 },
  '1.10': { created: 2, pushed: 3 },
};

/** Makes the registry in the directory `root`. */
export async function makeSite(root: string): Promise<Site> {
  const registry = buildRegistry('site');
  const tagged: string[] = [];
  const push = (name: string, tag: string, day = 1): Image => {
    tagged.push(`${name}:${tag}`);
    return registry.repository(name).image({ tag, config: madeOn(day), layers: [200] });
  };
  for (const [name, tags] of Object.entries(own)) for (const tag of tags) push(name, tag);
  for (const [tag, { created }] of Object.entries(reports)) push('team/reports', tag, created);
  for (const image of composeImages) {
    const [name = '', tag] = image.split(':');
    if (tag !== undefined && name !== 'platform/gateway') push(name, tag);
  }
  const gateway = registry.repository('platform/gateway');
  const signed = push('platform/gateway', 'v2.10.0');
  const signature = gateway.signature(signed);
  const sbom = gateway.artifact({ subject: signed, artifactType: 'application/spdx+json' });
  const pinned = registry.repository('library/memcached').image({ layers: [200] });
  await registry.write(root);
  for (const [tag, { pushed }] of Object.entries(reports)) {
    const link = registry.repository('team/reports').tagLink(tag);
    await utimes(path.join(root, link), dayOf(pushed), dayOf(pushed));
  }
  return { root, registry, tagged: tagged.sort(), signed, signature, sbom, pinned };
}

const dayOf = (day: number): Date => new Date(Date.UTC(2026, 0, day));

/** An image config with a date. */
function madeOn(day: number): string {
  const platform = { architecture: 'amd64', os: 'linux' };
  return JSON.stringify({
    created: dayOf(day).toISOString(),
    ...platform,
    rootfs: { type: 'layers', diff_ids: [] },
  });
}
