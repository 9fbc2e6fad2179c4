import { ScraperError } from '../errors.ts';

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

/** Spellings that people and older tools use for the architectures of Go, and the variant each implies. */
const architectureAliases: Readonly<
  Record<string, { readonly architecture: string; readonly variant?: string }>
> = {
  x86_64: { architecture: 'amd64' },
  'x86-64': { architecture: 'amd64' },
  i386: { architecture: '386' },
  i686: { architecture: '386' },
  aarch64: { architecture: 'arm64' },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v6' },
};

/** Variant that is meant where none is given (OCI image spec, image-index.md "Platform Variants"). */
const defaultVariants: Readonly<Record<string, string>> = { arm64: 'v8', arm: 'v7', amd64: 'v1' };

/**
 * Parses `os/architecture[/variant][:os.version]`.
 * @throws ScraperError `USAGE`
 */
export function parsePlatform(text: string): Platform {
  const colon = text.indexOf(':');
  const [os = '', architecture = '', variant, ...rest] = (colon === -1 ? text : text.slice(0, colon))
    .toLowerCase()
    .split('/');
  const osVersion = colon === -1 ? undefined : text.slice(colon + 1);
  const word = /^[a-z0-9][a-z0-9._-]*$/;
  const sound =
    rest.length === 0 &&
    [os, architecture, variant ?? 'v'].every(part => word.test(part)) &&
    (osVersion === undefined || /^[0-9A-Za-z][0-9A-Za-z._-]*$/.test(osVersion));
  if (!sound) {
    throw new ScraperError(
      'USAGE',
      `platform ${JSON.stringify(text)} is not valid: expected os/architecture[/variant][:os.version]`,
      {
        hint: 'for example --platform linux/amd64,linux/arm64 or --platform windows/amd64:10.0.17763',
      },
    );
  }
  const known = Object.hasOwn(architectureAliases, architecture)
    ? architectureAliases[architecture]
    : undefined;
  const chosen = variant ?? known?.variant;
  return {
    os,
    architecture: known?.architecture ?? architecture,
    ...(chosen !== undefined && { variant: chosen }),
    ...(osVersion !== undefined && { osVersion }),
  };
}

/**
 * Whether a platform is one that was asked for: the same operating system, architecture and variant, where a missing
 * variant is the architecture's usual one; an `os.version` asked for must be the found one or its beginning.
 */
export function matchesPlatform(wanted: Platform, found: Platform): boolean {
  const variantOf = ({ architecture, variant }: Platform): string =>
    variant ?? (Object.hasOwn(defaultVariants, architecture) ? (defaultVariants[architecture] ?? '') : '');
  if (wanted.os !== found.os || wanted.architecture !== found.architecture) return false;
  if (variantOf(wanted) !== variantOf(found)) return false;
  if (wanted.osVersion === undefined) return true;
  return found.osVersion === wanted.osVersion || found.osVersion?.startsWith(`${wanted.osVersion}.`) === true;
}
