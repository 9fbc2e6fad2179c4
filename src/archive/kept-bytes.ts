/** Bytes of a slab that small files share, and the size from which on a file gets one of its own. */
const SLAB = 1024 * 1024;
const LARGE = 64 * 1024;

/** Positions in one slab, so that a number tells slab and place. */
const PLACES = 2 ** 32;

/** Many small files in few large buffers. */
export interface KeptBytes {
  /** Makes room and says where: fill {@link KeptBytes.at} of it. */
  reserve(size: number): number;
  at(position: number, size: number): Buffer;
  /** Bytes of all files. */
  readonly total: number;
}

export function keptBytes(): KeptBytes {
  const slabs: Buffer[] = [];
  let shared = 0;
  let used = SLAB;
  let total = 0;

  function add(size: number): number {
    return slabs.push(Buffer.allocUnsafeSlow(size)) - 1;
  }

  return {
    reserve(size) {
      total += size;
      if (size >= LARGE) return add(size) * PLACES;
      if (used + size > SLAB) {
        shared = add(SLAB);
        used = 0;
      }
      used += size;
      return shared * PLACES + used - size;
    },
    at(position, size) {
      const start = position % PLACES;
      return slabs[Math.floor(position / PLACES)]?.subarray(start, start + size) ?? Buffer.alloc(0);
    },
    get total() {
      return total;
    },
  };
}
