/** Judges by a trace of system calls whether the program stayed in the places that it was given. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { parseTrace, type FileCall } from './trace.ts';

/** Where the program may be. All are real places; a name stands for whatever begins with it, too, as parts of an archive do. */
export interface Boundaries {
  readonly cwd: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** What the names of files begin with that are made beside a file, to be renamed when they are complete. */
  readonly scratch: string;
  /** Places that it may only ask about: arguments may be names of files by accident. */
  readonly asks: readonly string[];
}

/** What the system's loader and Node read of themselves, whatever the program does. */
const ofItself = [
  /^\/etc\/ld\.so\.(preload|cache)$/,
  /^\/(usr\/)?lib(64)?\/([\w.-]+\/)?lib[\w.+-]+$/,
  /^\/(etc|usr\/lib)\/ssl\/openssl\.cnf$/,
  /^\/proc\/(self|\d+)\/(maps|cgroup|exe|limits|stat|ns\/pid)$/,
  /^\/proc\/(meminfo|version_signature|sys\/vm\/overcommit_memory)$/,
  /^\/sys\/devices\/system\/cpu\/(online|cpu0\/tsc_freq_khz)$/,
  /^\/(etc\/localtime|usr\/share\/zoneinfo\/.*)$/,
  /^\/dev\/null$/,
  /^\/sys\/fs\/cgroup\//,
];

/** How a registry is told from other directories. */
const probed = /(\/docker)?(\/registry)?(\/v2)?(\/(blobs|repositories))?$/;

/**
 * What the program did that it must not do, a line each; empty is right.
 * @param trace of `strace -f -y -e trace=%file,%network`
 */
export function trespasses(trace: string, bounds: Boundaries, program: string): readonly string[] {
  const { files, network } = parseTrace(trace, bounds.cwd);
  const real = realPlaces();
  const writable = [...bounds.writes.map(real.itself), ...bounds.writes.map(real.target), bounds.scratch];
  const readable = [...bounds.reads.map(real.itself), ...bounds.reads.map(real.target), ...writable];
  const asked = bounds.asks;
  const above = new Set([...readable, ...bounds.writes].flatMap(ancestors));
  // nothing is written into a registry that happens to be further up
  const isProbe = (place: string): boolean => above.has(place.replace(probed, '') || '/');
  const isBelow = (place: string, roots: readonly string[]): boolean =>
    roots.some(root => place.startsWith(root));

  /** Undefined is right. */
  function verdict(call: FileCall): string | undefined {
    const { name, place, opened, writes, follows } = call;
    const where = opened ?? (follows ? real.target(place) : real.itself(place));
    // by its own name only: a link of the tree may lead there as well
    if (place === program || ofItself.some(one => one.test(place))) return undefined;
    if (writes) return isBelow(where, writable) ? undefined : 'writes';
    if (isBelow(where, readable)) return undefined;
    // finding out where a path leads, or what it lies on, reads nothing of what is there
    if (name.startsWith('readlink')) return undefined;
    if (above.has(where) && (!name.startsWith('open') || /\bO_DIRECTORY\b/.test(call.text))) return undefined;
    // nothing is below a thing that is no directory, or by a name that is too long: nothing was learned
    if (/ = -1 (ENOTDIR|ENAMETOOLONG) /.test(call.text)) return undefined;
    if (!name.startsWith('open') && (asked.includes(place) || isProbe(place))) return undefined;
    return 'reads';
  }

  const found = files.flatMap(call => {
    const wrong = verdict(call);
    return wrong === undefined ? [] : [`it ${wrong} ${JSON.stringify(call.place)}: ${call.text}`];
  });
  return [...new Set([...found, ...network.map(call => `it reaches for the network: ${call}`)])];
}

function ancestors(place: string): readonly string[] {
  const found: string[] = [];
  for (let at = path.dirname(place); at !== path.dirname(at); at = path.dirname(at)) found.push(at);
  return [...found, '/'];
}

interface RealPlaces {
  /** With all links on the way resolved, but none at the place itself. */
  itself(place: string): string;
  /** With that one resolved as well. */
  target(place: string): string;
}

/** Of what is not there, the part that is there is resolved. */
function realPlaces(): RealPlaces {
  const known = new Map<string, string>();
  const target = (place: string): string => {
    const before = known.get(place);
    if (before !== undefined) return before;
    const found = resolve(place);
    known.set(place, found);
    return found;
  };
  const itself = (place: string): string =>
    place === '/' ? place : path.join(target(path.dirname(place)), path.basename(place));
  const resolve = (place: string): string => {
    try {
      return realpathSync.native(place);
    } catch {
      return itself(place);
    }
  };
  return { itself, target };
}
