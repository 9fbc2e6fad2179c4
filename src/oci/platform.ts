/** Platform of an image (OCI image spec, image-index.md "platform"; config.md has the same properties). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}

/** Platform that BuildKit gives to attestation manifests, which are no images. */
const UNKNOWN = 'unknown';

/**
 * Reads a platform out of an index entry or an image config, both of which spell it the same.
 * Undefined where it is missing, unknown, or not made of strings.
 */
export function readPlatform(value: unknown): Platform | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { os, architecture, variant, 'os.version': osVersion } = value as Record<string, unknown>;
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  if (os === '' || architecture === '' || (os === UNKNOWN && architecture === UNKNOWN)) return undefined;
  return {
    os,
    architecture,
    ...(typeof variant === 'string' && variant !== '' && { variant }),
    ...(typeof osVersion === 'string' && osVersion !== '' && { osVersion }),
  };
}

/** `os/architecture[/variant]`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}
