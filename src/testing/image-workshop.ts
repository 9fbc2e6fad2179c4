import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { seededRandom } from './random.ts';
import { mustRun, type RunOptions } from './run.ts';

/** The programs a workshop runs. */
export const workshopTools = ['skopeo', 'umoci', 'buildah', 'tar'] as const;

/** Real clients that make images from seeded bytes and push them to the registry at `url`; no other network is used. */
export interface Workshop {
  readonly url: string;
  /** An uncompressed layer: a tar with one file of `size` bytes. */
  layer(name: string, size: number): Promise<Buffer>;
  /** Makes an image of such layers, gzipped, in a local image layout (umoci). */
  makeImage(image: string, layers: Readonly<Record<string, number>>): Promise<void>;
  /** Pushes such an image to `repository:tag` (skopeo). */
  copy(image: string, target: string, ...flags: readonly string[]): Promise<void>;
  /** Builds a manifest list of images from scratch, one for each architecture (buildah, see {@link mayMount}). */
  makeList(list: string, architectures: readonly string[]): Promise<void>;
  /** Pushes such a list with all its images. */
  pushList(list: string, target: string, format: 'oci' | 'v2s2'): Promise<void>;
}

/**
 * Whether this process may mount and make namespaces (CAP_SYS_ADMIN), which buildah and podman cannot do without.
 * Root in a container often may not.
 */
export async function mayMount(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'latin1').catch(() => '');
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return ((capabilities >> 21n) & 1n) === 1n;
}

/** @param scratch an existing directory for the clients' own files */
export async function openWorkshop(address: string, scratch: string): Promise<Workshop> {
  // every tool gets a home of its own, so that nothing of the machine's user is read or written
  const home = path.join(scratch, 'home');
  const policy = path.join(home, 'policy.json');
  await mkdir(home, { recursive: true });
  await writeFile(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
  const options: RunOptions = {
    cwd: scratch,
    env: { ...process.env, HOME: home, TMPDIR: home, BUILDAH_ISOLATION: 'chroot' },
  };
  const store = [
    '--storage-driver=vfs',
    '--root',
    path.join(home, 'storage'),
    '--runroot',
    path.join(home, 'run'),
  ];
  const buildah = (...args: readonly string[]): Promise<string> =>
    mustRun('buildah', [...store, ...args], options);
  const umoci = (...args: readonly string[]): Promise<string> => mustRun('umoci', args, options);
  const insecure = ['--insecure-policy', '--src-tls-verify=false', '--dest-tls-verify=false'];
  await umoci('init', '--layout', 'layout');

  const layer = async (name: string, size: number): Promise<Buffer> => {
    await mkdir(path.join(scratch, 'files', name), { recursive: true });
    await writeFile(path.join(scratch, 'files', name, 'data'), seededRandom(name).bytes(size));
    await mustRun(
      'tar',
      ['--mtime=@0', '--owner=0', '--group=0', '-C', 'files', '-cf', `${name}.tar`, name],
      options,
    );
    return readFile(path.join(scratch, `${name}.tar`));
  };

  return {
    url: `http://${address}`,
    layer,
    async makeImage(image, layers) {
      await umoci('new', '--image', `layout:${image}`);
      for (const [name, size] of Object.entries(layers)) {
        await layer(name, size);
        await umoci('raw', 'add-layer', '--image', `layout:${image}`, `${name}.tar`);
      }
    },
    async copy(image, target, ...flags) {
      const [source, destination] = [`oci:layout:${image}`, `docker://${address}/${target}`];
      await mustRun('skopeo', ['copy', ...insecure, ...flags, source, destination], options);
    },
    async makeList(list, architectures) {
      for (const architecture of architectures) {
        const container = (await buildah('from', '--arch', architecture, 'scratch')).trim();
        const file = `${list}-${architecture}`;
        await writeFile(path.join(scratch, file), seededRandom(file).bytes(150_000));
        await buildah('copy', '--quiet', container, file, '/data');
        await buildah('config', '--arch', architecture, container);
        await buildah('commit', '--quiet', '--rm', '--manifest', list, container);
      }
    },
    async pushList(list, target, format) {
      const flags = [
        '--quiet',
        '--all',
        '--tls-verify=false',
        '--signature-policy',
        policy,
        '--format',
        format,
      ];
      await buildah('manifest', 'push', ...flags, list, `docker://${address}/${target}`);
    },
  };
}
