import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';

/** Which Debian package has a command, where the two names differ. */
const debianPackages: Readonly<Record<string, string>> = {
  bsdtar: 'libarchive-tools',
  busybox: 'busybox-static',
  chroot: 'coreutils',
  cmp: 'diffutils',
  diff: 'diffutils',
  mkfifo: 'coreutils',
  mount: 'mount',
  prlimit: 'util-linux',
  'qemu-aarch64-static': 'qemu-user-static',
  script: 'bsdutils',
  setpriv: 'util-linux',
  strip: 'binutils',
  umount: 'mount',
  unshare: 'util-linux',
};

/** Requirements that are more than a command on PATH. */
const conditions: Readonly<Record<string, { met(): boolean; packages: readonly string[]; explain: string }>> =
  {
    root: {
      met: () => process.getuid?.() === 0,
      packages: [],
      explain: 'the root user',
    },
    linux: {
      met: () => process.platform === 'linux',
      packages: [],
      explain: 'Linux',
    },
    'linux-x64': {
      met: () => process.platform === 'linux' && process.arch === 'x64',
      packages: [],
      explain: 'Linux on x86-64',
    },
    namespaces: {
      met: () => spawnSync('unshare', ['--mount', '--net', 'true'], { stdio: 'ignore' }).status === 0,
      packages: [],
      explain: 'the right to make mount and network namespaces (a container may lack it)',
    },
    'arm64 libraries': {
      met: () => existsSync(arm64Sysroot('lib/libstdc++.so.6')),
      packages: ['libc6-arm64-cross', 'libgcc-s1-arm64-cross', 'libstdc++6-arm64-cross'],
      explain: `the C and C++ libraries for arm64 in ${arm64Sysroot()}`,
    },
  };

/** Where Debian's packages for cross-building put the libraries of arm64: a root directory for an emulator. */
export function arm64Sysroot(...below: readonly string[]): string {
  return path.join('/usr/aarch64-linux-gnu', ...below);
}

export interface MissingRequirement {
  readonly name: string;
  readonly explain: string;
  /** Debian packages that would meet it; empty when none can. */
  readonly packages: readonly string[];
}

/** What of `names` (commands, or one of the conditions above) is not there. */
export function missingRequirements(names: readonly string[]): readonly MissingRequirement[] {
  return [...new Set(names)].flatMap((name): readonly MissingRequirement[] => {
    const condition = conditions[name];
    if (condition !== undefined) return condition.met() ? [] : [{ ...condition, name }];
    if (isOnPath(name)) return [];
    return [{ name, explain: name, packages: [debianPackages[name] ?? name] }];
  });
}

/**
 * For the `skip` option of an end-to-end test: false when everything it needs is there, else the reason why it is skipped.
 * @throws Error instead, so that the run fails, where `REGISTRY_SCRAPER_REQUIRE_E2E=1` says that nothing may be skipped
 */
export function requirements(
  names: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): false | string {
  const missing = missingRequirements(names);
  if (missing.length === 0) return false;
  const packages = [...new Set(missing.flatMap(one => one.packages))];
  const cure = packages.length === 0 ? '' : ` (Debian: apt-get install ${packages.join(' ')})`;
  const reason = `needs ${missing.map(one => one.explain).join(', ')}${cure}`;
  if (environment['REGISTRY_SCRAPER_REQUIRE_E2E'] === '1') {
    throw new Error(`this end-to-end test must not be skipped, but it ${reason}`);
  }
  return reason;
}

function isOnPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(path.delimiter).some(folder => {
    const file = path.join(folder, command);
    try {
      accessSync(file, constants.X_OK);
      return folder !== '' && statSync(file).isFile();
    } catch {
      return false;
    }
  });
}
