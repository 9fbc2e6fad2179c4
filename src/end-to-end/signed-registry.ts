import { createHash } from 'node:crypto';
import { referrersTag } from '../testing/artifacts.ts';
import type { Image } from '../testing/image.ts';
import type { Part } from '../testing/parts.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import type { Manifest, RepositoryBuilder } from '../testing/repository.ts';

/** Platforms of every index here; the first two are asked for in the tests. */
export const platforms = ['linux/amd64', 'linux/arm64/v8', 'linux/arm/v7', 'linux/s390x'] as const;

/** An index with what belongs to it, sorted by whether a scrape of the first two platforms takes it. */
export interface SignedIndex {
  readonly repository: string;
  readonly tag: string;
  readonly index: Manifest;
  /** In the order of {@link platforms}. */
  readonly children: readonly Image[];
  /** Everything else that must come along: BuildKit's attestations, by their place in the index. */
  readonly attestations: readonly Manifest[];
  /** Digest tags and what they lead to, of what is kept and of what is left. */
  readonly tags: ReadonlyMap<string, Manifest>;
  readonly leftTags: ReadonlyMap<string, Manifest>;
  /** Referrers by their `subject`, by the digest that they are about. */
  readonly referrers: readonly (readonly [Manifest, Manifest])[];
  readonly leftReferrers: readonly Manifest[];
}

export interface SignedRegistry {
  readonly registry: RegistryBuilder;
  /** A manifest list; cosign signed it and each of its images, and attached an attestation and an SBOM by tags. */
  readonly cosign: SignedIndex;
  /** An OCI index with BuildKit's attestations, and referrers of the distribution spec: some with a fallback tag. */
  readonly referred: SignedIndex;
}

export function signedRegistry(): SignedRegistry {
  const registry = buildRegistry('signed');
  return {
    registry,
    cosign: signedByCosign(registry.repository('shop/web')),
    referred: referredTo(registry.repository('shop/api')),
  };
}

/** A real layer, as clients that look into it want to have it. */
function layer(name: string): Part {
  const bytes = createHash('sha512').update(name).digest();
  return { content: { files: { 'app/name': name, 'app/data': bytes } }, mediaType: gzip };
}
const gzip = 'application/vnd.oci.image.layer.v1.tar+gzip';
const dockerGzip = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

function signedByCosign(web: RepositoryBuilder): SignedIndex {
  const children = platforms.map(platform => {
    const part = { ...(layer(`web ${platform}`) as object), mediaType: dockerGzip } as Part;
    return web.image({ platform, format: 'docker', layers: [part] });
  });
  const index = web.index(children, { tag: '2.1.0', format: 'docker' });
  const tags = new Map<string, Manifest>();
  const leftTags = new Map<string, Manifest>();
  const sign = (subject: Manifest, into: Map<string, Manifest>): Manifest => {
    const signature = web.signature(subject);
    into.set(`${referrersTag(subject)}.sig`, signature);
    return signature;
  };
  sign(index, tags);
  children.forEach((child, place) => sign(child, place < 2 ? tags : leftTags));
  const sbom = attach('sbom', index, 'text/spdx+json');
  attach('att', index, 'application/vnd.dsse.envelope.v1+json');
  sign(sbom, tags); // cosign sign of an attached SBOM
  const none = { attestations: [], referrers: [], leftReferrers: [] };
  return { repository: web.name, tag: '2.1.0', index, children, tags, leftTags, ...none };

  function attach(suffix: string, subject: Manifest, mediaType: string): Manifest {
    const tag = `${referrersTag(subject)}.${suffix}`;
    const made = web.image({ tag, layers: [{ content: `{"${suffix}":"${subject.digest}"}`, mediaType }] });
    tags.set(tag, made);
    return made;
  }
}

function referredTo(api: RepositoryBuilder): SignedIndex {
  const children = platforms.map(platform => api.image({ platform, layers: [layer(`api ${platform}`)] }));
  const attestations = children.map(child => api.attestation(child));
  const index = api.index([...children, ...attestations], { tag: '1.4.0' });
  const [amd, arm, , left] = children;
  if (!amd || !arm || !left) throw new RangeError('there are four platforms');
  const about = (subject: Manifest, artifactType: string): Manifest =>
    api.artifact({ subject, artifactType });
  const sbom = about(index, 'application/spdx+json');
  const notation = about(index, 'application/vnd.cncf.notary.signature');
  const signedSbom = about(sbom, 'application/vnd.cncf.notary.signature');
  const scanned = about(arm, 'application/vnd.security.report+json');
  const license = about(amd, 'application/vnd.licence.report+json');
  // a registry without the referrers API has these because the client that pushed the artifacts wrote them
  const listed = api.index([scanned], { tag: referrersTag(arm) });
  const ofLeft = about(left, 'application/vnd.security.report+json');
  const leftList = api.index([ofLeft], { tag: referrersTag(left) });
  return {
    repository: api.name,
    tag: '1.4.0',
    ...{ index, children, attestations },
    tags: new Map([[referrersTag(arm), listed]]),
    leftTags: new Map([[referrersTag(left), leftList]]),
    referrers: [
      [index, sbom],
      [index, notation],
      [sbom, signedSbom],
      [arm, scanned],
      [amd, license],
    ],
    leftReferrers: [ofLeft],
  };
}
