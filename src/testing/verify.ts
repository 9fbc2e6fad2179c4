import type { ScraperError } from '../errors.ts';
import type { StorageDriver } from '../storage/driver.ts';
import type { Finding } from '../verify/finding.ts';
import type { VerifyOptions } from '../verify/options.ts';
import { blobProver } from '../verify/prover.ts';
import type { VerifyTotals } from '../verify/totals.ts';
import { verifyRegistry } from '../verify/verify.ts';
import { inlineWorker } from './inline-worker.ts';

/** The day on which tests verify: a week after what {@link buildRegistry} calls an aborted upload. */
export const TODAY = Date.parse('2026-01-09T03:04:05Z');

export interface Verified {
  readonly findings: readonly Finding[];
  readonly totals: VerifyTotals;
  readonly errors: readonly ScraperError[];
  /** Kind and whatever it is about, one a line: `BLOB_EMPTY sha256:…`, `TAG_GHOST team/app:1.0`. */
  readonly kinds: readonly string[];
}

export type VerifySettings = Partial<
  Pick<VerifyOptions, 'hash' | 'base' | 'now' | 'signal' | 'observer' | 'prover' | 'onFinding'>
>;

/** Verifies what a driver holds, with everything hashed unless asked otherwise. */
export async function verifyDriver(driver: StorageDriver, settings: VerifySettings = {}): Promise<Verified> {
  const findings: Finding[] = [];
  const errors: ScraperError[] = [];
  const { signal = new AbortController().signal, observer = {} } = settings;
  const onBytes = (count: number): void => observer.onBytes?.(count);
  const prover = blobProver({ driver, concurrency: 2, spawn: inlineWorker, signal, onBytes });
  try {
    const totals = await verifyRegistry({
      ...{ driver, hash: 'all', prover, now: TODAY },
      ...settings,
      ...{ signal, observer },
      // counts when it was taken
      onFinding: async finding => {
        await settings.onFinding?.(finding);
        findings.push(finding);
      },
      onError: error => void errors.push(error),
    });
    return { findings, totals, errors, kinds: findings.map(({ kind }) => kind).sort() };
  } finally {
    await prover.close();
  }
}
