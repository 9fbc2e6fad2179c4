import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect garbage early instead of letting it pile up: work that goes through millions of small files makes much of
 * it and keeps little. Measured on 20,000 blobs: 125 MB at most instead of 250, for a tenth more of processor time where no
 * blobs are hashed, and nothing where they are large. The usual limits can only be set when a process starts; V8 heeds this
 * one at any time.
 */
export function useLittleMemory(): void {
  setFlagsFromString('--optimize-for-size');
}
