import { lstatSync, readdirSync, readlinkSync } from 'node:fs';

/** What stands at each path below a directory: everything about it but its bytes and when it was read. */
export type Snapshot = ReadonlyMap<string, string>;

/**
 * Looks at everything in `directory`, without opening a file. Names need not be UTF-8: each byte is a character of the paths.
 * @param ignored names in it that are left out, with what only begins with one of them
 */
export function snapshot(directory: string, ignored: readonly string[]): Snapshot {
  const found = new Map<string, string>();
  const visit = (prefix: string): void => {
    const parent = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(prefix, 'latin1')]);
    for (const entry of readdirSync(parent, { withFileTypes: true, encoding: 'buffer' })) {
      const name = prefix + entry.name.toString('latin1');
      if (prefix === '' && ignored.some(one => name.startsWith(one))) continue;
      const place = Buffer.concat([parent, entry.name]);
      const { ino, mode, size, mtimeNs } = lstatSync(place, { bigint: true });
      const target = entry.isSymbolicLink() ? readlinkSync(place, 'latin1') : '';
      found.set(name, [ino, mode, size, mtimeNs, target].join());
      if (entry.isDirectory()) visit(`${name}/`);
    }
  };
  visit('');
  return found;
}

/** A line for each path that is not as it was. */
export function changesBetween(before: Snapshot, after: Snapshot): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].flatMap(name => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === is) return [];
    const what = was === undefined ? 'was made' : is === undefined ? 'is gone' : 'was changed';
    return [`${JSON.stringify(name)} ${what}`];
  });
}
