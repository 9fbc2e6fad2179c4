import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { ScraperError } from '../errors.ts';
import { shortDigest } from '../oci/digest.ts';

export type KeyKind = 'Ed25519' | 'P-256';

export interface Key {
  readonly key: KeyObject;
  readonly kind: KeyKind;
}

/** The same for a private key and its public one: `sha256:` and the beginning of the SHA-256 of the public key in DER. */
export function fingerprintOf(key: KeyObject): string {
  const known = key.type === 'private' ? createPublicKey(key) : key;
  const spki = known.export({ type: 'spki', format: 'der' });
  return shortDigest(`sha256:${createHash('sha256').update(spki).digest('hex')}`);
}

const makeOne = 'make a key with: openssl genpkey -algorithm ed25519 -out key.pem';

/**
 * @param name the file it was read from, for messages
 * @throws ScraperError `KEY_INVALID`
 */
export function parsePrivateKey(pem: Uint8Array, name: string): Key {
  const text = Buffer.from(pem).toString('latin1');
  const fail = failure(name, 'a private key');
  const labels = labelsOf(text);
  if (labels.length === 0)
    return fail('found no PEM', `${makeOne}; DER becomes PEM with: openssl pkey -inform DER`);
  if (labels.includes('ENCRYPTED PRIVATE KEY') || /^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    return fail(
      'found an encrypted one',
      'decrypt it to where only you can read it: openssl pkey -in KEY -out plain.pem',
    );
  }
  const readable = ['PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY', 'DSA PRIVATE KEY'];
  if (!labels.some(label => readable.includes(label))) {
    const isPublic = labels.some(label => label.endsWith('PUBLIC KEY') || label === 'CERTIFICATE');
    const hint = isPublic
      ? 'sign with the private key; this one is for those who check: --verify-key'
      : makeOne;
    return fail(`found ${labels.join(', ')}`, hint);
  }
  try {
    return checkKind(createPrivateKey(text), fail);
  } catch (cause) {
    if (cause instanceof ScraperError) throw cause;
    return fail('found PEM that cannot be read as one', makeOne, cause);
  }
}

/** As {@link parsePrivateKey}; a private key is refused, although a public one could be had from it: it should stay at home. */
export function parsePublicKey(pem: Uint8Array, name: string): Key {
  const text = Buffer.from(pem).toString('latin1');
  const fail = failure(name, 'a public key');
  const labels = labelsOf(text);
  const getOne = 'get the public key from the private one with: openssl pkey -in KEY -pubout';
  if (labels.length === 0)
    return fail('found no PEM', `${getOne}; DER becomes PEM with: openssl pkey -pubin -inform DER`);
  if (labels.some(label => label.endsWith('PRIVATE KEY'))) return fail('found a private one', getOne);
  if (labels.includes('CERTIFICATE'))
    return fail('found a certificate', 'get the key out of it with: openssl x509 -in FILE -noout -pubkey');
  if (!labels.includes('PUBLIC KEY')) return fail(`found ${labels.join(', ')}`, getOne);
  try {
    return checkKind(createPublicKey(text), fail);
  } catch (cause) {
    if (cause instanceof ScraperError) throw cause;
    return fail('found PEM that cannot be read as one', getOne, cause);
  }
}

type Fail = (found: string, hint: string, cause?: unknown) => never;

function failure(name: string, wanted: string): Fail {
  return (found, hint, cause) => {
    const message = `${name}: expected ${wanted} (Ed25519 or P-256, PEM), ${found}`;
    throw new ScraperError('KEY_INVALID', message, { path: name, hint, cause });
  };
}

function labelsOf(text: string): readonly string[] {
  return Array.from(text.matchAll(/^-----BEGIN ([A-Z0-9 ]{1,40})-----/gm), ([, label = '']) => label);
}

function checkKind(key: KeyObject, fail: Fail): Key {
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return { key, kind: 'Ed25519' };
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return { key, kind: 'P-256' };
  const found =
    type === 'ec' ? `an EC key of the curve ${details?.namedCurve ?? 'unknown'}` : `a key of type ${type}`;
  return fail(
    `found ${found}`,
    `${makeOne}; or with: openssl ecparam -genkey -name prime256v1 -noout -out key.pem`,
  );
}
