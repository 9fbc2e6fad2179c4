import semver, { type SemVer } from 'semver';

/**
 * The version that a tag stands for, or undefined. A `v` in front is allowed, and missing parts are zeros: `1.10` is 1.10.0,
 * `v2` is 2.0.0, `3.20-alpine` is the prerelease 3.20.0-alpine. Semantic versioning has no two-part versions, but images do
 * (postgres:16.4, alpine:3.20), and the tools that mirror by range read them so too; dropping them would leave such
 * repositories empty. Everything else stays as strict as the specification: `2024.01` and `01.2.3` (leading zeros) and
 * `1.2.3.4` are no versions, because there is no saying whether `1.01` comes before `1.1`.
 */
export function versionOf(tag: string): SemVer | undefined {
  const match = /^v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?(-[0-9A-Za-z.-]+)?$/.exec(tag);
  if (match === null) return undefined;
  const [, major = '', minor = '.0', patch = '.0', prerelease = ''] = match;
  return semver.parse(major + minor + patch + prerelease) ?? undefined;
}

export function isPrerelease(version: SemVer): boolean {
  return version.prerelease.length > 0;
}

let collator: Intl.Collator | undefined;

/** A collator is made when one is needed, since it takes as long as all else that a short run does, and but once. */
function natural(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}

interface Ranked {
  readonly tag: string;
  readonly version: SemVer | undefined;
}

/**
 * Tags in the order people expect: versions first, the lowest first, then everything else with numbers in it compared as
 * numbers. The same tags give the same order, however they were listed.
 */
export function sortTags(tags: Iterable<string>): string[] {
  const compare = (a: Ranked, b: Ranked): number => {
    if (a.version === undefined || b.version === undefined) {
      const versionsFirst = Number(a.version === undefined) - Number(b.version === undefined);
      return versionsFirst || natural(a.tag, b.tag) || compareText(a.tag, b.tag);
    }
    // of two spellings of one version the fuller one ranks higher: 1.10.0 stays where it is, 1.10 may move
    return a.version.compare(b.version) || parts(a.tag) - parts(b.tag) || compareText(b.tag, a.tag);
  };
  return Array.from(tags, tag => ({ tag, version: versionOf(tag) }))
    .sort(compare)
    .map(({ tag }) => tag);
}

/** Order of code units: the same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function parts(tag: string): number {
  return tag.split('-', 1)[0]?.split('.').length ?? 0;
}
