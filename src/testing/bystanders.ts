import type { RegistryBuilder } from './registry.ts';

/**
 * Surrounds what was pushed so far with all that is none of its business: other tags and what they once were, uploads that
 * broke off, orphans, temporary files, deleted manifests, repositories beside, above and below.
 * @param tag a tag of `repository`, which gets a history
 */
export function addBystanders(registry: RegistryBuilder, repository: string, tag: string): void {
  const own = registry.repository(repository);
  const before = own.image();
  registry.tree.set(own.tagHistoryLink(tag, before), Buffer.from(before.digest));
  own.image({ tag: 'other' });
  own.image({ tag: 'moved' });
  own.index([own.image(), own.image({ platform: 'linux/arm64' })], { tag: 'moved' });
  own.image();
  own.signature(before);
  own.ghostTag('ghost');
  const deleted = own.image({ tag: 'deleted' });
  own.deleteManifest(deleted);
  own.abortedUpload();
  own.litter(own.tagLink(tag));
  registry.litter(registry.orphan());
  const [above = ''] = repository.split('/');
  for (const name of [`${repository}/below`, `${repository}2`, above === repository ? `${above}-x` : above]) {
    registry.repository(name).image({ tag });
  }
}
