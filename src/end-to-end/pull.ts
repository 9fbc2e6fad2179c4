import { createHash } from 'node:crypto';
import path from 'node:path';
import { pullBlob, pullManifest } from '../testing/registry-client.ts';
import { mustRun, type RunOptions } from '../testing/run.ts';

/** What a client got: every digest it asked for, and the SHA-256 of the bytes that came. */
export type Pulled = ReadonlyMap<string, string>;

interface Manifest {
  readonly signatures?: unknown;
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string; readonly urls?: readonly string[] }[];
  readonly manifests?: readonly { readonly digest: string }[];
  readonly fsLayers?: readonly { readonly blobSum: string }[];
}

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Pulls an image with everything below it over plain HTTP: it takes what clients refuse (an index in an index, sha512). */
export async function pullByHttp(url: string, repository: string, reference: string): Promise<Pulled> {
  const pulled = new Map<string, string>();
  await pullInto(pulled, url, repository, reference);
  return pulled;
}

async function pullInto(
  pulled: Map<string, string>,
  url: string,
  repository: string,
  reference: string,
): Promise<void> {
  const { digest, bytes } = await pullManifest(url, repository, reference);
  const { signatures, ...manifest } = JSON.parse(bytes.toString()) as Manifest;
  // a schema1 manifest is signed anew whenever it is served: only the rest can be the same twice
  pulled.set(digest, sha256(signatures === undefined ? bytes : JSON.stringify(manifest)));
  for (const child of manifest.manifests ?? []) await pullInto(pulled, url, repository, child.digest);
  const blobs = [
    ...(manifest.config === undefined ? [] : [manifest.config.digest]),
    ...(manifest.layers ?? []).filter(layer => layer.urls === undefined).map(layer => layer.digest),
    ...(manifest.fsLayers ?? []).map(layer => layer.blobSum),
  ];
  for (const blob of blobs) pulled.set(blob, sha256(await pullBlob(url, repository, blob)));
}

/** Pulls an image, all platforms of it, into the new directory `target`: manifests as they are, blobs by their hex digest. */
export async function pullBySkopeo(address: string, reference: string, target: string): Promise<void> {
  const flags = ['--insecure-policy', '--src-tls-verify=false', '--all', '--quiet'];
  await mustRun('skopeo', ['copy', ...flags, `docker://${address}/${reference}`, `dir:${target}`]);
}

/** Copies an image, all platforms of it, from one registry to another, bytes unchanged. */
export async function copyBySkopeo(from: string, to: string, reference: string): Promise<void> {
  const flags = [
    '--insecure-policy',
    '--src-tls-verify=false',
    '--dest-tls-verify=false',
    '--all',
    '--quiet',
  ];
  await mustRun('skopeo', ['copy', ...flags, `docker://${from}/${reference}`, `docker://${to}/${reference}`]);
}

/** Pulls an image for this machine into a store of its own, unpacks its layers, and returns the digests it is known by there. */
export async function pullByPodman(address: string, reference: string, store: string): Promise<string> {
  const options: RunOptions = { env: { ...process.env, HOME: store, TMPDIR: store } };
  const place = ['--root', path.join(store, 'storage'), '--runroot', path.join(store, 'run')];
  const common = [...place, '--storage-driver=vfs', '--cgroup-manager=cgroupfs', '--events-backend=none'];
  const name = `${address}/${reference}`;
  const id = await mustRun('podman', [...common, 'pull', '--quiet', '--tls-verify=false', name], options);
  return mustRun('podman', [...common, 'image', 'inspect', '--format={{.RepoDigests}}', id.trim()], options);
}
