import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { shipment, type Shipment } from './bundle.ts';
import { ships } from './call.ts';
import { temporaryDirectory, type Tidied } from './temporary.ts';

/** A directory to ship from and to. */
export interface ShippingPlace extends Shipment {
  /** Holds the registry in `central`, an empty directory `site`, and key pairs `ed.key`, `ed.pub`, `p256.key`, `p256.pub`. */
  readonly cwd: string;
  readonly at: (...names: readonly string[]) => string;
  /** Scrapes everything into an output that is named after the directory. */
  readonly pack: (output: string, ...argv: readonly string[]) => Promise<void>;
}

/**
 * What an independent judge understands, and verification has nothing against: all images but a cache, whose layers are an
 * index's children, and one with a layer by its SHA-512, which a stock garbage collection would delete.
 */
export function plainShipment(): Shipment {
  const { registry, references } = shipment();
  const odd = ['other:cache', 'other:__proto__'];
  return { registry, references: references.filter(name => !odd.includes(name)) };
}

/** @param shipped what the registry holds; images of every kind if absent */
export async function shippingPlace(t: Tidied, shipped: Shipment = shipment()): Promise<ShippingPlace> {
  const cwd = await temporaryDirectory(t);
  const at = (...names: readonly string[]): string => path.join(cwd, ...names);
  await shipped.registry.write(at('central'));
  await mkdir(at('site'));
  await writeKeys(at);
  return {
    ...shipped,
    ...{ cwd, at },
    async pack(output, ...argv) {
      await ships(cwd, ...shipped.references, '-d', 'central', '-o', output, ...argv);
    },
  };
}

async function writeKeys(at: ShippingPlace['at']): Promise<void> {
  const pairs = {
    ed: generateKeyPairSync('ed25519'),
    p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  };
  for (const [name, { privateKey, publicKey }] of Object.entries(pairs)) {
    await writeFile(at(`${name}.key`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(at(`${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
  }
}
