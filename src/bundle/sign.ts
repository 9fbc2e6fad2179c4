import { createHash, sign, verify, type KeyObject } from 'node:crypto';
import { ScraperError } from '../errors.ts';
import { fingerprintOf, parsePrivateKey, parsePublicKey, type KeyKind } from './keys.ts';

export interface Signer {
  readonly kind: KeyKind;
  /** Of the public key that belongs to it. */
  readonly fingerprint: string;
  /**
   * Signs the exact bytes of a manifest; the same key and bytes give the same signature. Ed25519 (RFC 8032): 64 bytes, what
   * `openssl pkeyutl -sign -rawin` gives. P-256: ECDSA over SHA-256 in DER, what `openssl dgst -sha256 -verify` reads, with
   * the secret number derived as in RFC 6979.
   */
  readonly sign: (bytes: Uint8Array) => Uint8Array;
}

export interface SignatureChecker {
  readonly kind: KeyKind;
  readonly fingerprint: string;
  /**
   * @param place the bundle, as an operator would name it
   * @throws ScraperError `SIGNATURE_INVALID` unless this key signed these bytes
   */
  check(bytes: Uint8Array, signature: Uint8Array, place: string): void;
}

/**
 * A signer with a private key in PEM (PKCS#8 or, for P-256, SEC 1).
 * @param name the file it was read from, for messages
 * @throws ScraperError `KEY_INVALID`
 */
export async function signerFrom(pem: Uint8Array, name: string): Promise<Signer> {
  const { key, kind } = parsePrivateKey(pem, name);
  return {
    kind,
    fingerprint: fingerprintOf(key),
    sign: kind === 'Ed25519' ? bytes => sign(null, bytes, key) : await p256Signer(key),
  };
}

/**
 * Checks signatures by a public key in PEM (SubjectPublicKeyInfo).
 * @param name the file it was read from, for messages
 * @throws ScraperError `KEY_INVALID`
 */
export function checkerFrom(pem: Uint8Array, name: string): SignatureChecker {
  const { key, kind } = parsePublicKey(pem, name);
  const fingerprint = fingerprintOf(key);
  return {
    kind,
    fingerprint,
    check(bytes, signature, place) {
      if (isSigned(key, kind, bytes, signature)) return;
      throw new ScraperError(
        'SIGNATURE_INVALID',
        `the signature of the bundle manifest does not fit the manifest and the ${kind} key ${fingerprint} (${name})`,
        {
          path: place,
          hint: 'do not use the bundle before it is clear who made it: was it signed by another key, or was it changed?',
        },
      );
    },
  };
}

function isSigned(key: KeyObject, kind: KeyKind, bytes: Uint8Array, signature: Uint8Array): boolean {
  return verify(kind === 'Ed25519' ? null : 'sha256', bytes, { key, dsaEncoding: 'der' }, signature);
}

/** node:crypto takes a random number for each signature, so that no two are the same. */
async function p256Signer(key: KeyObject): Promise<Signer['sign']> {
  // the curve costs some milliseconds to set up, which only those should spend who sign
  const { p256 } = await import('@noble/curves/nist.js');
  const scalar = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
  return bytes => {
    const digest = createHash('sha256').update(bytes).digest();
    // RFC 6979 leaves s in whichever half of its range it falls
    return p256.sign(digest, scalar, { prehash: false, lowS: false, format: 'der' });
  };
}
