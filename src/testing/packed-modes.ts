/** Kind and permissions, in octal, of everything in a tar: each pair once, sorted. */
export function unpackedModes(archive: Buffer): readonly string[] {
  const found = new Set<string>();
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0;) {
    const field = (start: number, length: number): number =>
      parseInt(archive.toString('latin1', at + start, at + start + length), 8);
    const kind = archive.toString('latin1', at + 156, at + 157) === '5' ? 'directory' : 'file';
    found.add(`${kind} ${field(100, 8).toString(8)}`);
    at += 512 + Math.ceil(field(124, 12) / 512) * 512;
  }
  return [...found].sort();
}
