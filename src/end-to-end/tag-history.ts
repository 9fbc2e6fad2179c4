import { createHash } from 'node:crypto';

/** When a tag may have led to a digest: from before it was pushed until after it was moved or deleted. Milliseconds of a monotonic clock. */
interface Stay {
  readonly digest: string;
  readonly from: number;
  to: number;
}

/** Where tags led, and when. */
export interface TagHistory {
  /** Where the tag leads, as far as is known; undefined when nowhere. */
  now(name: string): string | undefined;
  /** Notes what comes of a push of `manifest` under a tag. */
  pushing<T>(name: string, manifest: object, push: () => Promise<T>): Promise<T>;
  /** Notes what comes of a deletion of what a tag leads to. */
  deleting(name: string, remove: () => Promise<unknown>): Promise<void>;
  /** Whether the tag may have led to the digest at some time between the two. */
  had(name: string, digest: string, from: number, to: number): boolean;
}

export function tagHistory(now: () => number = () => performance.now()): TagHistory {
  const stays = new Map<string, Stay[]>();
  const of = (name: string): Stay[] => {
    const known = stays.get(name) ?? [];
    stays.set(name, known);
    return known;
  };
  /** What failed may have happened all the same: then the tag leads to any of them. */
  const endAll = (name: string, but?: Stay): void => {
    for (const stay of of(name)) if (stay !== but && stay.to === Infinity) stay.to = now();
  };
  return {
    now: name => of(name).findLast(({ to }) => to === Infinity)?.digest,
    async pushing(name, manifest, push) {
      const digest = `sha256:${createHash('sha256').update(JSON.stringify(manifest)).digest('hex')}`;
      const stay: Stay = { digest, from: now(), to: Infinity };
      of(name).push(stay);
      const pushed = await push();
      endAll(name, stay);
      return pushed;
    },
    async deleting(name, remove) {
      await remove();
      endAll(name);
    },
    had: (name, digest, from, to) =>
      of(name).some(stay => stay.digest === digest && stay.from <= to && stay.to >= from),
  };
}
