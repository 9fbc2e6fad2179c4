import type { VerifyObserver } from '../verify/options.ts';
import { count } from './format.ts';
import { progressLine, progressSentence } from './progress-line.ts';
import type { ProgressState } from './progress-state.ts';
import {
  drawnLine,
  noProgress,
  printedLines,
  type Clock,
  type DrawContext,
  type Progress,
} from './progress.ts';
import { rateMeter } from './rate.ts';
import type { Terminal } from './terminal.ts';
import { truncate } from './text.ts';

/** Progress of a verification on one stream. */
export interface VerifyProgress extends Omit<Progress, 'observer'> {
  readonly observer: Required<VerifyObserver>;
}

export interface VerifyProgressOptions {
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Whether blobs are hashed; if not, there is nothing to foretell the end by. */
  readonly hashes: boolean;
  /** Whether nothing is shown but notes. */
  readonly silent: boolean;
}

const VERB = 'Verifying';
const NOUN = 'blob';

/** Blobs are listed first, which says how much there is to do; then they are hashed while links are looked at. */
export function verifyProgress({ terminal, clock, hashes, silent }: VerifyProgressOptions): VerifyProgress {
  const state = { listed: 0, totalBytes: 0, bytes: 0, blobs: 0, totalBlobs: 0, repositories: 0 };
  const meter = rateMeter(() => clock.now());
  let hashing = false;
  const observer: VerifyProgress['observer'] = {
    onBlobs(more) {
      state.listed += more;
    },
    onListed({ blobs, bytes }) {
      hashing = hashes;
      state.listed = blobs;
      state.totalBytes = bytes;
      state.totalBlobs = blobs;
      meter.sample(0);
    },
    onBytes(more) {
      state.bytes += more;
      meter.sample(state.bytes);
    },
    onHashed(more) {
      state.blobs += more;
    },
    onRepository() {
      state.repositories += 1;
    },
  };

  const text = (): string => {
    const repositories = count(state.repositories, 'repository', 'repositories');
    const parts = [count(state.listed, NOUN), ...(state.repositories > 0 ? [repositories] : [])];
    return `Looking at the storage: ${parts.join(', ')}`;
  };
  const progress = (): ProgressState => {
    meter.sample(state.bytes);
    const { bytes, totalBytes, blobs, totalBlobs } = state;
    return {
      ...{ phase: 'transferring', resolved: 0, references: 0, scanned: 0, bytes, totalBytes },
      ...{ images: blobs, totalImages: totalBlobs, rate: meter.rate(bytes) },
    };
  };
  // links may take longer to look through than blobs to hash
  const isHashing = (): boolean => hashing && state.bytes < state.totalBytes;
  const line = (context: DrawContext): string =>
    isHashing()
      ? progressLine(progress(), { ...context, verb: VERB, noun: NOUN })
      : truncate(text(), context.width);
  const sentence = (): string => (isHashing() ? progressSentence(progress(), VERB, NOUN) : text());

  if (silent) return { ...noProgress(terminal), observer };
  const shown = terminal.interactive
    ? drawnLine({ terminal, clock, line })
    : printedLines({ terminal, clock, sentence });
  return { ...shown, observer };
}
