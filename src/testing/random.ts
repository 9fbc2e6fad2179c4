import { createCipheriv, createHash } from 'node:crypto';

/** A stream of reproducible noise: the same seed gives the same bytes, on every machine. */
export interface Random {
  bytes(count: number): Buffer;
  /** 0 ≤ result < `limit` ≤ 2³². */
  integer(limit: number): number;
  /** `count` lower-case hex digits. */
  hex(count: number): string;
}

/** AES in counter mode over zeros, because it is in Node, fast enough for gigabytes, and does not compress. */
export function seededRandom(seed: string | number): Random {
  const key = createHash('sha256').update(String(seed)).digest();
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
  const bytes = (count: number): Buffer => cipher.update(Buffer.alloc(count));
  return {
    bytes,
    integer: limit => bytes(6).readUIntBE(0, 6) % limit,
    hex: count =>
      bytes(Math.ceil(count / 2))
        .toString('hex')
        .slice(0, count),
  };
}

/** An UUID of version 4, as the registry names uploads and temporary files. */
export function uuid(random: Random): string {
  const hex = random.hex(32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
