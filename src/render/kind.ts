import type { Summary } from '../look/summary.ts';
import { printable } from './text.ts';

/** Artifact types that have a name among people. What stands in a digest tag's suffix reads the same. */
const names: readonly (readonly [type: RegExp, name: string])[] = [
  [/^application\/vnd\.cncf\.helm\.config\./, 'helm chart'],
  [
    /^application\/vnd\.dev\.cosign\.simplesigning\.|^application\/vnd\.dev\.cosign\.artifact\.sig\.|^sig$/,
    'signature',
  ],
  [/^application\/vnd\.cncf\.notary\.signature$/, 'signature'],
  [/^application\/vnd\.dev\.sigstore\.bundle/, 'signature'],
  [/^application\/vnd\.in-toto\+json$|^application\/vnd\.dsse\.envelope|^att$/, 'attestation'],
  [/spdx|cyclonedx|^sbom$/, 'SBOM'],
  [/^application\/vnd\.buildkit\.cacheconfig\./, 'build cache'],
  [/^application\/vnd\.oci\.image\.index\.v1\+json$/, 'index'],
];

/** A word or two for what something is. */
export function kindText({ kind, artifactType }: Pick<Summary, 'kind' | 'artifactType'>): string {
  return kind === 'artifact' && artifactType !== undefined
    ? (artifactName(artifactType) ?? 'artifact')
    : kind;
}

/** The name of an artifact type among people; undefined when it has none. */
export function artifactName(artifactType: string): string | undefined {
  return names.find(([type]) => type.test(artifactType))?.[1];
}

/** The same, or the type itself where it has no name. */
export function artifactText(artifactType: string): string {
  return artifactName(artifactType) ?? (artifactType === '' ? 'artifact' : printable(artifactType));
}
