import type { Digest } from '../oci/digest.ts';
import type { PlannedImage } from '../plan.ts';

/** A name of a manifest in a layout. */
export interface LayoutName {
  readonly name: string;
  readonly digest: Digest;
}

/** `NAME:TAG` for the image and for all else that a tag leads to, the image itself first; without a tag it is `NAME@DIGEST`. */
export function namesOf({ name, tag, digest, links }: PlannedImage): readonly LayoutName[] {
  const tags = links.flatMap(link =>
    link.kind === 'tagLink' ? [{ tag: link.tag, name: `${name}:${link.tag}`, digest: link.target }] : [],
  );
  const own = tag === null ? [{ name: `${name}@${digest}`, digest }] : tags.filter(one => one.tag === tag);
  return [...own, ...tags.filter(one => one.tag !== tag)].map(one => ({
    name: one.name,
    digest: one.digest,
  }));
}

const component = '[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*';
const refName = new RegExp(`^${component}(?:/${component})*$`);

/** Whether skopeo and podman look for such a name (OCI image spec, annotations.md, grammar of the reference name). */
export function isRefName(name: string): boolean {
  return refName.test(name);
}
