import { at } from './parts.ts';
import type { Random } from './random.ts';
import type { RegistryBuilder } from './registry.ts';

/** Does something to one file of the storage that a disk, a copy that broke off or a person might have done. Returns what. */
export function damageAtRandom({ tree, ...registry }: RegistryBuilder, random: Random): string {
  const files = [...tree].flatMap(([path, entry]) => (entry instanceof Uint8Array ? [{ path, entry }] : []));
  const pick = () => at(files, random.integer(files.length));
  const { path, entry } = pick();
  const size = entry.length;
  const above = (levels: number): string => path.split('/').slice(0, -levels).join('/');
  const ways: readonly (readonly [name: string, damage: () => unknown])[] = [
    ['a bit is flipped in', () => size > 0 && registry.flipBit(path, random.integer(size * 8))],
    ['cut short:', () => size > 0 && registry.truncate(path, random.integer(size))],
    ['a newline is behind', () => registry.append(path, '\n')],
    ['more is behind', () => registry.append(path, 'x')],
    ['empty:', () => registry.makeEmpty(path)],
    ['gone:', () => registry.remove(path)],
    ['gone with its directory:', () => registry.remove(above(1))],
    ['gone with the directory above its own:', () => registry.remove(above(2))],
    ['the content of another is in', () => registry.replace(path, Buffer.from(pick().entry))],
    ['a broken symbolic link is in place of', () => registry.replace(path, { symlink: 'nowhere' })],
    [
      'a directory is in place of',
      () => {
        registry.remove(path);
        tree.set(path, 'directory');
      },
    ],
  ];
  const [name, damage] = at(ways, random.integer(ways.length));
  damage();
  return `${name} ${path}`;
}
