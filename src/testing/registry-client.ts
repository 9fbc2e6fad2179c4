import { createHash } from 'node:crypto';
import { mediaTypes } from '../oci/media-type.ts';

/** The parts of a descriptor that a registry looks at. */
export interface PushedBlob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Without it a 2.8 registry converts what it holds to schema1 before it answers. */
const acceptAll = Object.values(mediaTypes).join(', ');

async function request(url: string, init: RequestInit, expected: number): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status === expected) return response;
  throw new Error(`${init.method ?? 'GET'} ${url}: ${String(response.status)}\n${await response.text()}`);
}

async function startUpload(registry: string, repository: string): Promise<string> {
  const response = await request(`${registry}/v2/${repository}/blobs/uploads/`, { method: 'POST' }, 202);
  return new URL(response.headers.get('location') ?? '', registry).href;
}

/** A new body each time: `fetch` wants bytes over an ArrayBuffer of their own. */
const body = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** Pushes a blob in one piece, by the digest of `algorithm`, and returns its descriptor. */
export async function pushBlob(
  registry: string,
  repository: string,
  mediaType: string,
  bytes: Uint8Array,
  algorithm: 'sha256' | 'sha512' = 'sha256',
): Promise<PushedBlob> {
  const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
  const upload = new URL(await startUpload(registry, repository));
  upload.searchParams.set('digest', digest);
  await request(upload.href, { method: 'PUT', body: body(bytes) }, 201);
  return { mediaType, digest, size: bytes.length };
}

/** Leaves an upload behind that has data and was never completed. */
export async function abortUpload(registry: string, repository: string, bytes: Uint8Array): Promise<void> {
  const upload = await startUpload(registry, repository);
  const headers = { 'content-type': 'application/octet-stream' };
  await request(upload, { method: 'PATCH', body: body(bytes), headers }, 202);
}

/** Pushes a manifest under a tag or, without one, under its digest. */
export async function pushManifest(
  registry: string,
  repository: string,
  mediaType: string,
  manifest: object,
  tag?: string,
): Promise<PushedBlob> {
  const bytes = Buffer.from(JSON.stringify(manifest));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const url = `${registry}/v2/${repository}/manifests/${tag ?? digest}`;
  await request(url, { method: 'PUT', body: body(bytes), headers: { 'content-type': mediaType } }, 201);
  return { mediaType, digest, size: bytes.length };
}

/** Deletes a manifest by its digest, and every tag that leads to it. */
export async function deleteManifest(registry: string, repository: string, digest: string): Promise<void> {
  await request(`${registry}/v2/${repository}/manifests/${digest}`, { method: 'DELETE' }, 202);
}

export interface PulledManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** Fetches a manifest as it is stored (schema1 excepted: the registry signs it afresh each time). */
export async function pullManifest(
  registry: string,
  repository: string,
  reference: string,
): Promise<PulledManifest> {
  const url = `${registry}/v2/${repository}/manifests/${reference}`;
  const response = await request(url, { headers: { accept: acceptAll } }, 200);
  return {
    digest: response.headers.get('docker-content-digest') ?? '',
    mediaType: response.headers.get('content-type') ?? '',
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

export async function pullBlob(registry: string, repository: string, digest: string): Promise<Buffer> {
  const response = await request(`${registry}/v2/${repository}/blobs/${digest}`, {}, 200);
  return Buffer.from(await response.arrayBuffer());
}

/** Every repository that `_catalog` shows. */
export async function catalog(registry: string): Promise<readonly string[]> {
  const response = await request(`${registry}/v2/_catalog?n=1000`, {}, 200);
  return ((await response.json()) as { repositories: string[] }).repositories;
}

/** Every tag that `tags/list` shows; none when the registry knows no tag of the repository at all. */
export async function tagsList(registry: string, repository: string): Promise<readonly string[]> {
  const response = await fetch(`${registry}/v2/${repository}/tags/list`);
  if (response.status === 404) return [];
  return ((await response.json()) as { tags: string[] | null }).tags ?? [];
}
