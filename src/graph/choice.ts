import type { Child } from '../oci/manifest.ts';
import { formatPlatform, matchesPlatform, type Platform } from '../oci/platform.ts';

/** An index's entry and the platform of what it leads to, where that is known. */
export interface Candidate {
  readonly child: Child;
  readonly platform: Platform | undefined;
}

/** Chooses which of an index's entries are taken. The index itself keeps its bytes and so becomes sparse. */
export interface EntryChoice {
  choose(candidates: readonly Candidate[]): readonly Candidate[];
  /** What is asked for, for messages: `linux/arm64 or linux/arm`. */
  readonly wanted: string;
  /** What a platform is called beside that: with all in which it may differ. */
  describe(platform: Platform): string;
}

/** Marks BuildKit's attestation manifests and tells what they attest. */
export const ATTESTED = 'vnd.docker.reference.digest';

/**
 * Takes the entries of certain platforms, what attests those (BuildKit), and everything that has no platform: nested
 * indexes, which are looked into in turn, and artifacts.
 */
export function choosePlatforms(wanted: readonly Platform[]): EntryChoice {
  const isWanted = (platform: Platform): boolean => wanted.some(one => matchesPlatform(one, platform));
  const versioned = wanted.filter(({ osVersion }) => osVersion !== undefined);
  return {
    wanted: wanted.map(platform => formatPlatform(platform) + versionOf(platform)).join(' or '),
    describe(platform) {
      const text = formatPlatform(platform);
      if (versioned.length === 0) return text;
      // only its version can be what is wrong with it
      const near = versioned.some(({ osVersion: _, ...one }) => matchesPlatform(one, platform));
      return text + (versionOf(platform) || (near ? ' (no os.version)' : ''));
    },
    choose(candidates) {
      const matching = candidates.filter(({ platform }) => platform && isWanted(platform));
      const kept = new Set<string>(matching.map(({ child }) => child.descriptor.digest));
      return candidates.filter(candidate => {
        const { child, platform } = candidate;
        if (platform) return matching.includes(candidate);
        const attested = child.descriptor.annotations[ATTESTED];
        return attested === undefined || kept.has(attested);
      });
    },
  };
}

function versionOf({ osVersion }: Platform): string {
  return osVersion === undefined ? '' : `:${osVersion}`;
}
