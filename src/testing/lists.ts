import assert from 'node:assert/strict';
import { exitCodeFor, toFailure, type Failure } from '../errors.ts';
import { readLists, type ReadList } from '../select/list/read.ts';
import type { Lists } from '../select/list/findings.ts';
import { listLimits, type ListLimits } from '../select/list/limits.ts';

/** Reads lists out of memory: content by file name. */
export function listsInMemory(content: Readonly<Record<string, string | Uint8Array>>): ReadList {
  return file => {
    const found = content[file];
    return found === undefined
      ? Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' }))
      : Promise.resolve(typeof found === 'string' ? Buffer.from(found) : found);
  };
}

/** What one list comes to, called `list`. */
export function readList(content: string | Uint8Array, limits: ListLimits = listLimits): Promise<Lists> {
  return readLists(['list'], listsInMemory({ list: content }), limits);
}

/** The entries of one list as `LINE TEXT`. */
export async function entriesOf(content: string | Uint8Array): Promise<readonly string[]> {
  const { entries } = await readList(content);
  return entries.map(({ text, origin }) => `${String(origin?.line)} ${text}`);
}

/** The warnings about one list as `CODE MESSAGE`. */
export async function warningsOf(content: string): Promise<readonly string[]> {
  const { warnings } = await readList(content);
  return warnings.map(({ code, message }) => `${code} ${message}`);
}

/** The failure, as plain data with its exit code, that the work must end in. */
export async function failureOf(work: Promise<unknown>): Promise<Failure & { readonly exit: number }> {
  try {
    await work;
  } catch (error) {
    const failure = toFailure(error);
    return { ...failure, exit: exitCodeFor([failure]) };
  }
  return assert.fail('it should have failed');
}
