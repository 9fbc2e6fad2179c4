import { exitCodeFor, exitCodes, isScraperError, toFailure, type Failure } from '../../errors.ts';
import { renderErrors } from '../../render/error.ts';
import { terminalFor } from '../../render/terminal.ts';
import { countOf, renderVerify, SHOWN, type KindFindings, type VerifyResult } from '../../render/verify.ts';
import { verifyJsonPrinter } from '../../render/verify-json.ts';
import { verifyProgress } from '../../render/verify-progress.ts';
import type { Finding } from '../../verify/finding.ts';
import type { FindingKind } from '../../verify/kinds.ts';
import type { VerifyTotals } from '../../verify/totals.ts';
import { interruptNote } from '../attend.ts';
import { bufferedOutput } from '../buffered-output.ts';
import type { CliContext } from '../context.ts';
import { useLittleMemory } from '../little-memory.ts';
import { verifyJob } from '../verify-job.ts';
import type { VerifyCommandOptions } from '../verify-options.ts';

/** So many errors stand in a document, lest a ruined registry fill the memory. */
const MOST_ERRORS = 1000;
/** Findings of one kind that are kept to be listed. */
const MOST_LISTED = 10_000;

/**
 * Verifies a registry and shows what is wrong with it.
 * @returns the exit code: damaged before unreadable before missing; notices do not count
 */
export async function runVerify(options: VerifyCommandOptions, context: CliContext): Promise<number> {
  const { json, quiet, verbose, quick, source } = options;
  const { signal, clock } = context;
  const stdout = terminalFor(context.stdout, context.env, options.color);
  const stderr = terminalFor(context.stderr, context.env, options.color);
  const silent = quiet || !options.progress || (json && !stderr.interactive);
  const progress = verifyProgress({ terminal: stderr, clock, hashes: !quick, silent });
  const out = bufferedOutput(context);
  const printer = json
    ? verifyJsonPrinter({ target: source.given, hash: quick ? 'none' : 'all' })
    : undefined;
  const { findings, keep } = tally(verbose);
  const errors: Failure[] = [];
  const started = clock.now();
  useLittleMemory();
  const onAbort = (): void => {
    if (!quiet) progress.note([interruptNote(signal)]);
  };
  signal.addEventListener('abort', onAbort, { once: true });

  let totals: VerifyTotals | undefined;
  let interrupted = false;
  try {
    totals = await verifyJob(options, {
      signal,
      observer: progress.observer,
      async onFinding(finding) {
        keep(finding);
        if (printer) await out.write(printer.finding(finding));
      },
      onError(error) {
        if (errors.length < MOST_ERRORS) errors.push(toFailure(error));
      },
    });
  } catch (error) {
    if (!isScraperError(error)) throw error;
    interrupted = error.code === 'INTERRUPTED' || error.code === 'TERMINATED';
    errors.push(toFailure(error));
  } finally {
    progress.stop();
    signal.removeEventListener('abort', onAbort);
  }

  const result: VerifyResult = {
    ...{ target: source.given, findings, totals, interrupted },
    ...{ hashes: !quick, unread: errors.length, durationMs: Math.round(clock.now() - started) },
  };
  const exitCode = exitCodeOf(result, errors);
  if (printer) await out.write(printer.end({ findings, totals, errors, ok: exitCode === exitCodes.ok }));
  out.end();
  const shown = totals !== undefined || interrupted || findings.size > 0;
  if (!json && shown && !(quiet && isQuiet(result)))
    stdout.write(renderVerify(result, { colors: stdout.colors, width: stdout.width(), verbose, quiet }));
  const untold = interrupted && !quiet ? errors.filter(error => !isStop(error)) : errors;
  stderr.write(renderErrors(untold, { colors: stderr.colors, verbose, width: stderr.width() }));
  return exitCode;
}

/** Whether there is nothing that somebody who wants no word unless something is wrong has to be told. */
function isQuiet(result: VerifyResult): boolean {
  return countOf(result, 'damaged') + countOf(result, 'missing') === 0;
}

function isStop({ code }: Failure): boolean {
  return code === 'INTERRUPTED' || code === 'TERMINATED';
}

function exitCodeOf(result: VerifyResult, errors: readonly Failure[]): number {
  return exitCodeFor([
    ...errors,
    ...(countOf(result, 'damaged') > 0 ? [{ code: 'DIGEST_MISMATCH' } as const] : []),
    ...(countOf(result, 'missing') > 0 ? [{ code: 'BLOB_UNKNOWN' } as const] : []),
  ]);
}

/** Counts findings by kind and keeps the first of each. */
function tally(verbose: boolean): {
  readonly findings: ReadonlyMap<FindingKind, KindFindings>;
  readonly keep: (finding: Finding) => void;
} {
  const findings = new Map<FindingKind, { count: number; bytes: number; first: Finding[] }>();
  return {
    findings,
    keep(finding) {
      const found = findings.get(finding.kind) ?? { count: 0, bytes: 0, first: [] };
      findings.set(finding.kind, found);
      found.count += 1;
      found.bytes += finding.size ?? 0;
      if (found.first.length < (verbose ? MOST_LISTED : SHOWN[finding.severity])) found.first.push(finding);
    },
  };
}
