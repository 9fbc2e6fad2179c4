/** Longest path in bytes, and most components of one; what a registry makes stays far below both. */
const MAX_PATH = 4096;
const MAX_DEPTH = 256;

const SLASH = 0x2f;
const DOT = 0x2e;
const BACKSLASH = 0x5c;

/**
 * What forbids to unpack something under this path, as it stands in an archive but without the `./` that tars put before
 * it. Completes `entry 3 …`; undefined when nothing does. By hand, in one pass: this runs for every entry.
 */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'has no name';
  if (path.startsWith('/')) return 'has an absolute path, a relative one was expected';
  if (path.length > MAX_PATH || Buffer.byteLength(path) > MAX_PATH) {
    return `has a path of more than ${MAX_PATH} bytes`;
  }
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= path.length; at++) {
    const unit = at === path.length ? SLASH : path.charCodeAt(at);
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return 'has a control character in its path';
    if (unit === BACKSLASH) return 'has a backslash in its path, which is a separator on some systems';
    if (unit !== SLASH) continue;
    const problem = componentProblem(path, start, at);
    if (problem !== undefined) return problem;
    depth += 1;
    start = at + 1;
  }
  return depth > MAX_DEPTH ? `lies more than ${MAX_DEPTH} directories deep` : undefined;
}

function componentProblem(path: string, start: number, end: number): string | undefined {
  if (end === start) return 'has a path with an empty component';
  if (end - start > 2 || path.charCodeAt(start) !== DOT) return undefined;
  if (end - start === 1) return 'has a path with a component "."';
  return path.charCodeAt(start + 1) === DOT ? 'has a path with "..", which would lead elsewhere' : undefined;
}
