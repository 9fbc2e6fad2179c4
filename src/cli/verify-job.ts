import { spawnTransferWorker } from '../transfer/spawn.ts';
import type { VerifyObserver, VerifyOptions } from '../verify/options.ts';
import { blobProver } from '../verify/prover.ts';
import type { VerifyTotals } from '../verify/totals.ts';
import { verifyRegistry } from '../verify/verify.ts';
import { openVerifySource, type VerifySource } from './open-verify-source.ts';
import type { VerifyCommandOptions } from './verify-options.ts';

/** What a verification tells of while it goes on. */
export interface VerifyWatch extends Pick<VerifyOptions, 'onFinding' | 'onError' | 'signal'> {
  readonly observer: VerifyObserver;
}

/**
 * Connects something that holds a registry, workers, and a verification.
 * @throws ScraperError where it cannot be used at all; the signal's reason
 */
export async function verifyJob(options: VerifyCommandOptions, watch: VerifyWatch): Promise<VerifyTotals> {
  const source = await openVerifySource(options.source, {
    signal: watch.signal,
    quick: options.quick,
    onBytes: count => watch.observer.onBytes?.(count),
  });
  try {
    return await verifySource(source, options, watch);
  } finally {
    await source.close();
  }
}

async function verifySource(
  { driver, base, proved }: VerifySource,
  { quick, concurrency }: Pick<VerifyCommandOptions, 'quick' | 'concurrency'>,
  watch: VerifyWatch,
): Promise<VerifyTotals> {
  const { signal, observer } = watch;
  const onBytes = (count: number): void => observer.onBytes?.(count);
  const reading = blobProver({ driver, concurrency, spawn: spawnTransferWorker, signal, onBytes });
  const prover = proved ? proved(reading) : reading;
  try {
    const hash = quick ? 'none' : 'all';
    return await verifyRegistry({
      ...{ driver, hash, prover, now: Date.now() },
      ...(base && { base }),
      ...watch,
    });
  } finally {
    await prover.close();
  }
}
