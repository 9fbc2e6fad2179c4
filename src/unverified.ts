import type { PlannedBlob } from './plan.ts';
import { pathFor } from './registry/layout.ts';
import type { UnverifiedBlob } from './sink/sink.ts';
import type { StorageDriver } from './storage/driver.ts';

/** A planned blob as a sink or an archive takes it: its bytes still come from the source, or from where they were carried. */
export function unverifiedBlob(
  driver: StorageDriver,
  { digest, digests, path, size, inline }: PlannedBlob,
): UnverifiedBlob {
  if (inline)
    return { path, digests, size, origin: 'the descriptor that names it', stream: () => once(inline) };
  const source = pathFor({ kind: 'blob', digest });
  const local = driver.localRange?.bind(driver);
  return {
    path,
    digests,
    size,
    origin: driver.describe(source),
    stream: () => driver.stream(source),
    ...(local && { localRange: () => local(source) }),
  };
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
