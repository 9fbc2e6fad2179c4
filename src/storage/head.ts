import type { FileHandle } from 'node:fs/promises';

/** The first bytes of an open file: so many, or all there are. Fails as the system says it. */
export async function readHead(file: FileHandle, size: number): Promise<Buffer> {
  const head = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(head, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return head.subarray(0, length);
}
