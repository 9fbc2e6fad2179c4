import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { digestOf } from '../../src/oci/digest.ts';
import { pathFor } from '../../src/registry/layout.ts';

/**
 * A registry's root directory with that many small blobs and one repository; made once and kept in `cache`.
 * @returns the directory
 */
export async function manyBlobs(count: number, cache: string): Promise<string> {
  const root = path.join(cache, `blobs-${String(count)}`);
  if (existsSync(root)) return root;
  const making = `${root}.making-${String(process.pid)}`;
  mkdirSync(path.join(making, pathFor({ kind: 'layers', repository: 'app' })), { recursive: true });
  for (let number = 0; number < count; number += 1) {
    const content = `blob ${String(number)}`;
    const digest = digestOf('sha256', createHash('sha256').update(content).digest('hex'));
    const place = path.join(making, pathFor({ kind: 'blob', digest }));
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, content);
  }
  await rename(making, root);
  return root;
}
