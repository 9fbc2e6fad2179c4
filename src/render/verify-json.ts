import type { Failure } from '../errors.ts';
import type { Finding } from '../verify/finding.ts';
import { kinds, type FindingKind } from '../verify/kinds.ts';
import type { VerifyTotals } from '../verify/totals.ts';
import { jsonText } from './json.ts';
import type { KindFindings } from './verify.ts';

/** What stands in the document after its findings. */
export interface VerifyOutcome {
  readonly findings: ReadonlyMap<FindingKind, KindFindings>;
  /** Undefined when the verification did not come to its end. */
  readonly totals: VerifyTotals | undefined;
  readonly errors: readonly Failure[];
  /** Whether the exit code is 0. */
  readonly ok: boolean;
}

export interface VerifyHeader {
  /** As the user named it. */
  readonly target: string;
  readonly hash: 'all' | 'none';
}

export interface VerifyPrinter {
  finding(finding: Finding): string;
  end(outcome: VerifyOutcome): string;
}

/** One document, written bit by bit: a line for each finding, so that its length costs no memory here. */
export function verifyJsonPrinter({ target, hash }: VerifyHeader): VerifyPrinter {
  let begun = false;
  const begin = (): string => {
    if (begun) return ',\n';
    begun = true;
    const head = Object.entries({ schemaVersion: 1, command: 'verify', target, hash });
    return `{\n${head.map(([name, value]) => `"${name}": ${jsonText(value)},\n`).join('')}"findings": [\n`;
  };
  return {
    finding: finding => begin() + jsonText(finding),
    end({ findings, totals, errors, ok }) {
      const head = begun ? '\n' : begin();
      const rest = {
        kinds: kindsDocument(findings),
        totals: totalsDocument(totals),
        warnings: [],
        errors,
        ok,
      };
      const members = Object.entries(rest).map(([name, value]) => `"${name}": ${jsonText(value)}`);
      return `${head}],\n${members.join(',\n')}\n}\n`;
    },
  };
}

/** The document of a verification that failed before it had anything to tell. */
export function failedVerifyDocument(errors: readonly Failure[]): object {
  return {
    ...{ schemaVersion: 1, command: 'verify', target: null, hash: null, findings: [], kinds: [] },
    ...{ totals: null, warnings: [], errors, ok: false },
  };
}

function kindsDocument(findings: ReadonlyMap<FindingKind, KindFindings>): readonly object[] {
  return [...findings].map(([kind, { count, bytes }]) => ({ kind, ...kinds[kind], count, bytes }));
}

function totalsDocument(totals: VerifyTotals | undefined): object | null {
  if (!totals) return null;
  const { findings: _, ...numbers } = totals;
  return numbers;
}
