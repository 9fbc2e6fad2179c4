import type { UnverifiedBlob } from '../sink/sink.ts';

/** What becomes an entry of an archive. Paths are relative, with `/`, without a slash at their end. */
export type ArchiveItem =
  /** Only for a directory that would not come to be with something in it. */
  | { readonly kind: 'directory'; readonly path: string }
  /** A small file whose content is known. */
  | { readonly kind: 'file'; readonly path: string; readonly content: Uint8Array }
  /** A file whose bytes are proved while they are written. */
  | { readonly kind: 'blob'; readonly blob: UnverifiedBlob };
