import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { isScraperError, type ScraperError } from '../errors.ts';
import { flipped, noise } from '../testing/unverified.ts';
import { requirements } from '../testing/requirements.ts';
import { mustRun, run } from '../testing/run.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { parsePrivateKey, parsePublicKey } from './keys.ts';
import { checkerFrom, signerFrom } from './sign.ts';

interface Pair {
  readonly kind: 'Ed25519' | 'P-256';
  readonly privateKey: Buffer;
  readonly publicKey: Buffer;
}

function pairOf(kind: Pair['kind']): Pair {
  const pair =
    kind === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    kind,
    privateKey: Buffer.from(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicKey: Buffer.from(pair.publicKey.export({ type: 'spki', format: 'pem' })),
  };
}

function refused(work: () => unknown, code: 'SIGNATURE_INVALID' | 'KEY_INVALID'): ScraperError {
  try {
    work();
  } catch (error) {
    assert.ok(isScraperError(error, code), String(error));
    assert.ok(error.details.hint);
    return error;
  }
  return assert.fail('accepted');
}

const bytes = noise(5000);
const kinds = ['Ed25519', 'P-256'] as const;

for (const kind of kinds) {
  const pair = pairOf(kind);
  const signer = await signerFrom(pair.privateKey, 'key.pem');
  const checker = checkerFrom(pair.publicKey, 'pub.pem');

  describe(`${kind} signatures`, () => {
    test('what was signed with a key is accepted by its public key', () => {
      assert.equal(signer.kind, kind);
      assert.equal(checker.kind, kind);
      assert.equal(signer.fingerprint, checker.fingerprint);
      assert.match(signer.fingerprint, /^sha256:[0-9a-f]{12}$/);
      for (const content of [bytes, Buffer.alloc(0)])
        checker.check(content, signer.sign(content), 'bundle.tar');
    });

    test('the same bytes always get the same signature', async () => {
      const again = await signerFrom(pair.privateKey, 'key.pem');
      assert.deepEqual(Buffer.from(again.sign(bytes)), Buffer.from(signer.sign(bytes)));
      assert.notDeepEqual(Buffer.from(signer.sign(flipped(bytes))), Buffer.from(signer.sign(bytes)));
    });

    test('a flipped bit, in the manifest or anywhere in the signature, is refused', () => {
      const signature = Buffer.from(signer.sign(bytes));
      assert.match(
        refused(() => {
          checker.check(flipped(bytes), signature, 'bundle.tar');
        }, 'SIGNATURE_INVALID').message,
        new RegExp(`does not fit the manifest and the ${kind} key ${checker.fingerprint} \\(pub\\.pem\\)`),
      );
      for (let bit = 0; bit < signature.length * 8; bit += 1) {
        const changed = Buffer.from(signature);
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        refused(() => {
          checker.check(bytes, changed, 'bundle.tar');
        }, 'SIGNATURE_INVALID');
      }
    });

    test('a signature that is cut, too long, empty or of another bundle is refused', () => {
      const signature = Buffer.from(signer.sign(bytes));
      const others = [
        ...[
          signature.subarray(0, -1),
          Buffer.concat([signature, Buffer.alloc(1)]),
          Buffer.alloc(0),
          noise(64),
        ],
        Buffer.from(signer.sign(noise(5001))),
        Buffer.alloc(100_000),
      ];
      for (const other of others)
        assert.equal(
          refused(() => {
            checker.check(bytes, other, 'bundle.tar');
          }, 'SIGNATURE_INVALID').details.path,
          'bundle.tar',
        );
    });

    test('another key, of the same kind or the other, is refused', () => {
      for (const other of kinds)
        refused(() => {
          checkerFrom(pairOf(other).publicKey, 'pub.pem').check(bytes, signer.sign(bytes), 'b');
        }, 'SIGNATURE_INVALID');
    });

    test('openssl verifies it', { skip: requirements(['openssl']) }, async t => {
      const directory = await temporaryDirectory(t);
      const file = (name: string): string => path.join(directory, name);
      await writeFile(file('manifest'), bytes);
      await writeFile(file('pub.pem'), pair.publicKey);
      await writeFile(file('sig'), signer.sign(bytes));
      const verify = {
        Ed25519: [
          'pkeyutl',
          '-verify',
          '-rawin',
          '-pubin',
          '-inkey',
          file('pub.pem'),
          '-sigfile',
          file('sig'),
          '-in',
          file('manifest'),
        ],
        'P-256': ['dgst', '-sha256', '-verify', file('pub.pem'), '-signature', file('sig'), file('manifest')],
      }[kind];
      assert.match(await mustRun('openssl', verify), /Verified OK|Verified Successfully/);
      await writeFile(file('manifest'), flipped(bytes));
      assert.notEqual((await run('openssl', verify)).status, 0);
    });

    test(
      'what openssl makes is accepted: keys and signatures',
      { skip: requirements(['openssl']) },
      async t => {
        const directory = await temporaryDirectory(t);
        const file = (name: string): string => path.join(directory, name);
        const make = {
          Ed25519: ['genpkey', '-algorithm', 'ed25519', '-out', file('key.pem')],
          // with its parameters before it, as it does unless it is told not to
          'P-256': ['ecparam', '-genkey', '-name', 'prime256v1', '-out', file('key.pem')],
        }[kind];
        await mustRun('openssl', make);
        await mustRun('openssl', ['pkey', '-in', file('key.pem'), '-pubout', '-out', file('pub.pem')]);
        await writeFile(file('manifest'), bytes);
        const sign = {
          Ed25519: [
            'pkeyutl',
            '-sign',
            '-rawin',
            '-inkey',
            file('key.pem'),
            '-in',
            file('manifest'),
            '-out',
            file('sig'),
          ],
          'P-256': ['dgst', '-sha256', '-sign', file('key.pem'), '-out', file('sig'), file('manifest')],
        }[kind];
        await mustRun('openssl', sign);
        const made = checkerFrom(await readFile(file('pub.pem')), 'pub.pem');
        made.check(bytes, await readFile(file('sig')), 'bundle.tar');
        const own = await signerFrom(await readFile(file('key.pem')), 'key.pem');
        made.check(bytes, own.sign(bytes), 'bundle.tar');
        if (kind === 'Ed25519') assert.deepEqual(Buffer.from(own.sign(bytes)), await readFile(file('sig')));
        const spki = path.join(directory, 'spki');
        await mustRun('openssl', ['pkey', '-pubin', '-in', file('pub.pem'), '-outform', 'der', '-out', spki]);
        const sum = await mustRun('openssl', ['dgst', '-sha256', spki]);
        assert.ok(sum.includes(` ${made.fingerprint.slice(7)}`));
      },
    );
  });
}

test('P-256 signatures are those of RFC 6979, A.2.5', async () => {
  const scalar = Buffer.from('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721', 'hex');
  const x = Buffer.from('60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6', 'hex');
  const y = Buffer.from('7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299', 'hex');
  const [d, px, py] = [scalar, x, y].map(part => part.toString('base64url'));
  const key = createPrivateKey({
    format: 'jwk',
    key: { kty: 'EC', crv: 'P-256', d: d ?? '', x: px ?? '', y: py ?? '' },
  });
  const expected: Readonly<Record<string, readonly [string, string]>> = {
    sample: [
      'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
      'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    ],
    test: [
      'f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367',
      '019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083',
    ],
  };
  for (const type of ['pkcs8', 'sec1'] as const) {
    const signer = await signerFrom(Buffer.from(key.export({ type, format: 'pem' })), 'key.pem');
    for (const [message, [r, s]] of Object.entries(expected)) {
      const signature = Buffer.from(signer.sign(Buffer.from(message))).toString('hex');
      const integer = (hex: string): string => (/^[89a-f]/.test(hex) ? `022100${hex}` : `0220${hex}`);
      assert.equal(signature.slice(4), integer(r) + integer(s));
    }
  }
});

test('a key that cannot be used makes neither a signer nor a checker', async () => {
  await assert.rejects(signerFrom(pairOf('P-256').publicKey, 'key.pem'), { code: 'KEY_INVALID' });
  assert.throws(() => checkerFrom(pairOf('P-256').privateKey, 'pub.pem'), { code: 'KEY_INVALID' });
});

describe('keys that cannot be used', () => {
  const ed25519 = pairOf('Ed25519');
  const pemOf = (type: 'rsa' | 'x25519' | 'ed448'): { private: string; public: string } => {
    const pair =
      type === 'rsa'
        ? generateKeyPairSync(type, { modulusLength: 2048 })
        : type === 'x25519'
          ? generateKeyPairSync(type)
          : generateKeyPairSync(type);
    return {
      private: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      public: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    };
  };
  const curve = (namedCurve: string): { private: string; public: string } => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    return {
      private: privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      public: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    };
  };
  const block = (label: string, body = 'AAAA'): string =>
    `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
  const others = {
    rsa: pemOf('rsa'),
    x25519: pemOf('x25519'),
    ed448: pemOf('ed448'),
    p384: curve('P-384'),
    k1: curve('secp256k1'),
  };

  function assertRefused(
    read: typeof parsePrivateKey | typeof parsePublicKey,
    pem: string | Uint8Array,
    says: RegExp,
    hint: RegExp,
  ): void {
    const error = refused(() => read(Buffer.from(pem), 'my.pem'), 'KEY_INVALID');
    assert.match(
      error.message,
      /^my\.pem: expected a (private|public) key \(Ed25519 or P-256, PEM\), found /,
    );
    assert.match(error.message, says);
    assert.match(error.details.hint ?? '', hint);
    assert.equal(error.details.path, 'my.pem');
    assert.ok(error.message.length < 300);
  }

  test('to sign with: other kinds, public keys, certificates, encrypted ones, no PEM', () => {
    const pkcs8 = createPrivateKey(ed25519.privateKey);
    const secret = { format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
    const encrypted = pkcs8.export({ type: 'pkcs8', ...secret });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const encryptedEc = privateKey.export({ type: 'sec1', ...secret });
    for (const pem of [encrypted, encryptedEc])
      assertRefused(parsePrivateKey, pem, /found an encrypted one/, /openssl pkey -in KEY -out plain\.pem/);
    assertRefused(
      parsePrivateKey,
      ed25519.publicKey,
      /found PUBLIC KEY/,
      /sign with the private key.*--verify-key/,
    );
    assertRefused(parsePrivateKey, block('CERTIFICATE'), /found CERTIFICATE/, /sign with the private key/);
    assertRefused(
      parsePrivateKey,
      block('OPENSSH PRIVATE KEY'),
      /found OPENSSH PRIVATE KEY/,
      /openssl genpkey -algorithm ed25519/,
    );
    assertRefused(
      parsePrivateKey,
      block('ENCRYPTED SIGSTORE PRIVATE KEY'),
      /found ENCRYPTED SIGSTORE PRIVATE KEY/,
      /openssl genpkey/,
    );
    assertRefused(
      parsePrivateKey,
      others.rsa.private,
      /found a key of type rsa/,
      /openssl genpkey -algorithm ed25519.*openssl ecparam/,
    );
    assertRefused(parsePrivateKey, others.x25519.private, /found a key of type x25519/, /openssl genpkey/);
    assertRefused(parsePrivateKey, others.ed448.private, /found a key of type ed448/, /openssl genpkey/);
    assertRefused(
      parsePrivateKey,
      others.p384.private,
      /found an EC key of the curve secp384r1/,
      /prime256v1/,
    );
    assertRefused(parsePrivateKey, others.k1.private, /found an EC key of the curve secp256k1/, /prime256v1/);
    assertRefused(
      parsePrivateKey,
      block('PRIVATE KEY'),
      /found PEM that cannot be read as one/,
      /openssl genpkey/,
    );
    assertRefused(
      parsePrivateKey,
      String(ed25519.privateKey).slice(0, -30),
      /found PEM that cannot be read/,
      /openssl genpkey/,
    );
    const der = pkcs8.export({ type: 'pkcs8', format: 'der' });
    for (const none of ['', 'hello', der, noise(100_000)])
      assertRefused(parsePrivateKey, none, /found no PEM/, /openssl pkey -inform DER/);
  });

  test('to check with: other kinds, private keys, certificates, no PEM', () => {
    assertRefused(parsePublicKey, ed25519.privateKey, /found a private one/, /openssl pkey -in KEY -pubout/);
    assertRefused(parsePublicKey, others.p384.private, /found a private one/, /openssl pkey -in KEY -pubout/);
    assertRefused(
      parsePublicKey,
      block('CERTIFICATE'),
      /found a certificate/,
      /openssl x509 -in FILE -noout -pubkey/,
    );
    assertRefused(parsePublicKey, block('RSA PUBLIC KEY'), /found RSA PUBLIC KEY/, /-pubout/);
    assertRefused(parsePublicKey, others.rsa.public, /found a key of type rsa/, /genpkey/);
    assertRefused(parsePublicKey, others.k1.public, /found an EC key of the curve secp256k1/, /prime256v1/);
    assertRefused(parsePublicKey, block('PUBLIC KEY'), /found PEM that cannot be read as one/, /-pubout/);
    for (const none of ['', 'hello', noise(1000)])
      assertRefused(parsePublicKey, none, /found no PEM/, /-pubin -inform DER/);
  });

  test('lines may end as they do on Windows', async () => {
    const pem = (text: Buffer): Buffer => Buffer.from(String(text).replaceAll('\n', '\r\n'));
    checkerFrom(pem(ed25519.publicKey), 'pub.pem').check(
      bytes,
      (await signerFrom(pem(ed25519.privateKey), 'key.pem')).sign(bytes),
      'b',
    );
  });
});
