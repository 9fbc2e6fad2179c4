import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { mustRun } from '../run.ts';
import type { HostilePlace } from './case.ts';

/** What may stand where a file or a directory should. */
export interface Thing {
  readonly name: string;
  /** Puts it at a place where nothing is. @param moved where the thing is now that stood there */
  readonly put: (at: string, moved: string, place: HostilePlace) => Promise<unknown>;
  /** Where the old thing goes: out of the tree, or elsewhere in it. */
  readonly moves: 'outside' | 'inside';
  /** Nothing is wrong with it. */
  readonly sound?: true;
  /** Only root can make it. */
  readonly root?: true;
}

const device = (name: string, ...numbers: readonly string[]): Thing => ({
  name,
  moves: 'outside',
  root: true,
  put: at => mustRun('mknod', [at, ...numbers]),
});

/** Whatever a file system can hold, but what should be there. */
export const things: readonly Thing[] = [
  { name: 'a named pipe', moves: 'outside', put: at => mustRun('mkfifo', [at]) },
  { name: 'a socket', moves: 'outside', put: (at, _moved, place) => makeSocket(at, place) },
  device('the null device', 'c', '1', '3'),
  device('the device of endless zeros', 'c', '1', '5'),
  device('the terminal', 'c', '5', '0'),
  device('a disk', 'b', '7', '99'),
  { name: 'an empty directory', moves: 'outside', put: at => mkdir(at) },
  { name: 'an empty file', moves: 'outside', put: at => writeFile(at, '') },
  { name: 'a symbolic link to itself', moves: 'outside', put: at => symlink(path.basename(at), at) },
  {
    name: 'a symbolic link in a circle of two',
    moves: 'outside',
    async put(at) {
      await symlink(`${path.basename(at)}.back`, at);
      await symlink(path.basename(at), `${at}.back`);
    },
  },
  { name: 'a symbolic link to nowhere', moves: 'outside', put: at => symlink('/nonexistent/thing', at) },
  { name: 'a symbolic link to endless zeros', moves: 'outside', put: at => symlink('/dev/zero', at) },
  {
    name: 'a symbolic link to what this process knows',
    moves: 'outside',
    put: at => symlink('/proc/self/environ', at),
  },
  {
    name: 'a symbolic link to the same outside the tree',
    moves: 'outside',
    put: (at, moved) => symlink(moved, at),
  },
  {
    name: 'a relative symbolic link to the same outside the tree',
    moves: 'outside',
    put: (at, moved) => symlink(path.relative(path.dirname(at), moved), at),
  },
  { name: 'a symbolic link to the root', moves: 'outside', put: at => symlink('/', at) },
  {
    name: 'a symbolic link to the same elsewhere in the tree',
    moves: 'inside',
    sound: true,
    put: (at, moved) => symlink(path.relative(path.dirname(at), moved), at),
  },
];

/** Replaces what stands at `name` below the place. */
export async function putThing(place: HostilePlace, name: string, thing: Thing): Promise<void> {
  const at = place.at(name);
  const moved = place.at(...(thing.moves === 'outside' ? ['outside'] : ['data', 'docker']), 'moved');
  await rename(at, moved);
  await thing.put(at, moved, place);
}

/** One that nobody listens on any more. Sockets are bound by short names only, so it is made elsewhere. */
async function makeSocket(at: string, place: HostilePlace): Promise<void> {
  const short = place.at('s');
  const server = createServer();
  await new Promise<void>(resolve => server.listen(short, resolve));
  await rename(short, at);
  await new Promise(resolve => server.close(resolve));
  await rm(short, { force: true });
}
