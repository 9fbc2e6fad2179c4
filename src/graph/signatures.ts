import type { Digest } from '../oci/digest.ts';
import type { Collector } from './collect.ts';
import type { FindContext } from './find.ts';

/**
 * Takes in the signatures that registries before 2.5 kept beside a schema1 revision. Nothing since reads them, so one that
 * is gone is no obstacle.
 */
export async function collectSignatures(
  context: FindContext,
  found: Collector,
  revision: Digest,
  trail: string,
): Promise<void> {
  const { source, repository, warn } = context;
  for (const digest of await source.signatures(repository, revision)) {
    const spec = { kind: 'signatureLink', repository, revision, digest } as const;
    const stored = await source.linkTarget(spec);
    const size = stored && (await source.blobSize(stored));
    if (stored === undefined || size === undefined) {
      warn({
        code: 'SIGNATURE_MISSING',
        message: `${trail}: the blob of a schema1 signature is not in the storage`,
        digest,
      });
      continue;
    }
    const digests = [...new Set([stored, digest])];
    found.add({ digest: stored, digests, role: 'signature', size, trail: `${trail} → signature` });
    found.link({ ...spec, target: stored });
  }
}
