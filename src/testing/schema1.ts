import { pathFor } from '../registry/layout.ts';
import { blobOf, type Blob } from './contents.ts';
import { CREATED } from './image.ts';
import { mediaTypes } from './media-types.ts';
import { at, makePart, type Part, type Pushing } from './parts.ts';
import type { Manifest, PushOptions } from './repository.ts';

export interface Schema1Options extends PushOptions {
  /** Base layer first, unlike the manifest. Two of 1000 and 500 bytes if absent; the same blob may come twice. */
  readonly layers?: readonly Part[];
  /**
   * `none`: the payload only, as registries from 2.5 store it. `linked`: the payload, and the signature as a blob of its
   * own, as older ones did. `inline`: the signed form with its `signatures` member.
   */
  readonly signature?: 'none' | 'linked' | 'inline';
  /** Whether the body names its media type, as few do. */
  readonly typed?: boolean;
}

export interface Schema1 extends Manifest {
  readonly layers: readonly Blob[];
  /** The layer at `index`, from 0, base layer first. */
  layer(index: number): Blob;
  /** Signature blobs, of `signature: 'linked'` only. */
  readonly signatures: readonly Blob[];
}

/** A docker manifest of schema version 1 (distribution, docs/spec/manifest-v2-1). */
export function buildSchema1(pushing: Pushing, options: Schema1Options = {}): Schema1 {
  const { layers = [1000, 500], signature = 'none', typed = false, ...push } = options;
  const parts = layers.map(part => makePart(pushing, part, mediaTypes.docker.layer.gzip, push.stored));
  const blobs = parts.map(part => part.blob);
  const history = historyOf(pushing, blobs.length);
  const body = {
    schemaVersion: 1,
    ...(typed && { mediaType: signature === 'inline' ? mediaTypes.signedSchema1 : mediaTypes.schema1 }),
    name: pushing.repository,
    tag: push.tag ?? 'latest',
    architecture: 'amd64',
    fsLayers: blobs.toReversed().map(blob => ({ blobSum: blob.digest })),
    history: history.toReversed(),
    ...(signature === 'inline' && { signatures: [signatureFor(pushing)] }),
  };
  const made = pushing.manifest(JSON.stringify(body, null, 3), push);
  const signatures = signature === 'linked' ? [linkSignature(pushing, made)] : [];
  const descriptor = { ...made.descriptor, mediaType: mediaTypes.signedSchema1 };
  return { ...made, descriptor, layers: blobs, layer: index => at(blobs, index), signatures };
}

/** Base layer first. Each entry names the one below it as its parent, or clients refuse the manifest. */
function historyOf({ random }: Pushing, count: number): { v1Compatibility: string }[] {
  const ids = Array.from({ length: count }, () => random.hex(64));
  return ids.map((id, index) => {
    const parent = ids[index - 1];
    const step = { created: CREATED, os: 'linux', container_config: { Cmd: [`step ${index}`] } };
    return { v1Compatibility: JSON.stringify({ id, ...(parent !== undefined && { parent }), ...step }) };
  });
}

function signatureFor({ random }: Pushing): object {
  return {
    header: { jwk: { crv: 'P-256', kid: 'ABCD', kty: 'EC', x: 'x', y: 'y' }, alg: 'ES256' },
    signature: random.bytes(64).toString('base64url'),
    protected: Buffer.from(JSON.stringify({ formatLength: 100, formatTail: 'Cn0', time: CREATED })).toString(
      'base64url',
    ),
  };
}

/** Registry 2.0 to 2.4: the signature is a blob that only this link refers to. */
function linkSignature(pushing: Pushing, manifest: Manifest): Blob {
  const { repository, tree } = pushing;
  const blob = blobOf(pushing.random, JSON.stringify(signatureFor(pushing)));
  tree.set(pathFor({ kind: 'blob', digest: blob.stored }), blob.contents);
  const link = pathFor({ kind: 'signatureLink', repository, revision: manifest.digest, digest: blob.stored });
  tree.set(link, Buffer.from(blob.stored));
  return blob;
}
