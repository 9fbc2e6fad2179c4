/** Which system calls of a scene fail, and how. */
import type { Random } from '../testing/random.ts';
import type { FaultScene } from './fault-scenes.ts';
import type { Fault } from './faulty-run.ts';
import type { SystemCall } from './system-calls.ts';

export interface FaultCase {
  readonly scene: FaultScene;
  /** Its place is relative to the stage. */
  readonly fault: Fault;
}

const looking = ['EIO', 'EACCES'];
const naming = ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EINTR'];
const removing = ['EIO', 'EACCES', 'EROFS'];
const owning = ['EIO', 'EACCES', 'EROFS'];
const reading = ['EIO', 'EINTR', 'EACCES'];
const writing = ['ENOSPC', 'EIO', 'EROFS', 'EINTR'];

/** What each system call fails with. */
const errnos: Readonly<Record<string, readonly string[]>> = {
  openat: ['ENOSPC', 'EIO', 'EACCES', 'EMFILE', 'EROFS', 'EINTR'],
  ...{ read: reading, pread64: reading, readv: reading, preadv: reading, getdents64: ['EIO', 'EINTR'] },
  ...{ write: writing, pwrite64: writing, writev: writing, pwritev: writing, ftruncate: writing },
  ...{ rename: naming, link: naming, mkdir: naming, unlink: removing, rmdir: removing },
  ...{ fsync: ['EIO', 'ENOSPC', 'EINTR'], fdatasync: ['EIO', 'ENOSPC'], close: ['EIO', 'ENOSPC', 'EINTR'] },
  ...{ chmod: owning, fchmod: owning, chown: owning, fchown: owning },
  ...{ stat: looking, lstat: looking, fstat: looking, statx: looking, newfstatat: looking },
  ...{ statfs: looking, readlink: looking, access: looking },
};

/** Names that nobody can know beforehand: those that the system makes up. */
const madeUp = /\/directory-\w{6}(\/|$)/;

/** Calls that only this program makes, and nothing that it is built on: they may be counted wherever they go. */
const anywhere = ['mkdir', 'rename', 'chmod', 'chown', 'rmdir'];

/**
 * All faults that a run can meet.
 * @param calls what a run without a fault did
 * @param root the stage: only calls about what is in it count
 */
export function faultsOf(calls: readonly SystemCall[], root: string): readonly Fault[] {
  const counts = new Map<string, number>();
  const found = new Map<string, Fault>();
  const count = (key: string): number => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key) ?? 0;
  };
  for (const { thread, name, paths } of calls) {
    const ordinal = count(`${thread} ${name}`);
    const ours = paths.filter(place => place.startsWith(`${root}/`));
    const numbers = new Map(ours.map(place => [place, count(`${thread} ${name} ${place}`)]));
    const [place] = ours;
    if (place === undefined) continue;
    const known = !ours.some(one => madeUp.test(one));
    for (const errno of errnos[name] ?? [])
      if (known)
        put({ call: name, errno, place: place.slice(root.length + 1), when: numbers.get(place) ?? 1 });
      else if (anywhere.includes(name) && errno !== 'EINTR')
        put({ call: name, errno, place: undefined, when: ordinal });
  }
  return [...found.values()];

  function put(fault: Fault): void {
    found.set(JSON.stringify(fault), fault);
  }
}

/** Takes so many of the cases that every scene, call and error has its share. */
export function chooseCases(
  cases: readonly FaultCase[],
  count: number,
  random: Random,
): readonly FaultCase[] {
  const groups = new Map<string, FaultCase[]>();
  for (const one of shuffled(cases, random)) {
    const key = `${one.scene.name} ${one.fault.call} ${one.fault.errno}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  const piles = shuffled([...groups.values()], random);
  const chosen: FaultCase[] = [];
  for (let round = 0; chosen.length < count; round += 1) {
    const layer = piles.flatMap(pile => pile[round] ?? []);
    if (layer.length === 0) break;
    chosen.push(...layer.slice(0, count - chosen.length));
  }
  return chosen;
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  const keyed = items.map(item => ({ item, key: random.integer(2 ** 32) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
