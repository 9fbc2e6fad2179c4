import type { Failure, Problem } from '../errors.ts';
import { shortDigest } from '../oci/digest.ts';
import { count, formatCount } from './format.ts';
import type { Colors } from './terminal.ts';
import { printable, wrap } from './text.ts';

export interface ProblemContext {
  readonly colors: Colors;
  /** Show every problem, however many there are. */
  readonly verbose: boolean;
  /** Cells available; undefined where lines may have any length. */
  readonly width: number | undefined;
}

type Kind = 'error' | 'warning';

/** So many problems of one sort are shown before the rest is only counted. */
const SHOWN_ERRORS = 20;
const SHOWN_WARNINGS = 5;
const SHOWN_REFERENCES = 5;

/** Warnings that come in numbers and mean the same each time: they are told together, in the end. */
const folded: ReadonlySet<string> = new Set(['HOST_IGNORED', 'FALLBACK_TAG_WRITTEN']);

/** Problems that differ in nothing but the reference. */
interface Group {
  readonly problem: Problem;
  readonly references: string[];
}

/** Errors as lines for stderr, alike ones grouped. */
export function renderErrors(failures: readonly Failure[], context: ProblemContext): string {
  const groups = group(failures);
  const shown = context.verbose ? groups : groups.slice(0, SHOWN_ERRORS);
  const lines = shown.flatMap(({ problem, references }) =>
    problemLines('error', problem, references, context),
  );
  const hidden = groups.length - shown.length;
  if (hidden > 0) lines.push(`... and ${count(hidden, 'more error')}; --verbose shows them all`);
  return lines.map(line => `${line}\n`).join('');
}

export interface WarningPrinter {
  /** Prints a warning, or only counts it when enough of its sort were printed. */
  print(warning: Problem): void;
  /** Says how many were only counted. */
  end(): void;
}

/** @param note prints lines for people */
export function warningPrinter(
  note: (lines: readonly string[]) => void,
  context: ProblemContext,
): WarningPrinter {
  const seen = new Map<string, number>();
  const held = new Map<string, { readonly first: Problem; more: number }>();
  const show = (warning: Problem): void =>
    note(
      problemLines('warning', warning, warning.reference === undefined ? [] : [warning.reference], context),
    );
  return {
    print(warning) {
      if (!context.verbose && folded.has(warning.code)) {
        const before = held.get(warning.code);
        if (before) before.more += 1;
        else held.set(warning.code, { first: warning, more: 0 });
        return;
      }
      const number = (seen.get(warning.code) ?? 0) + 1;
      seen.set(warning.code, number);
      if (!context.verbose && number > SHOWN_WARNINGS) return;
      show(warning);
    },
    end() {
      if (context.verbose) return;
      for (const { first, more } of held.values()) {
        const others = `; and ${formatCount(more)} more like this, --verbose shows them all`;
        show(more === 0 ? first : { ...first, message: first.message + others });
      }
      for (const [code, number] of seen) {
        if (number <= SHOWN_WARNINGS) continue;
        note([`... and ${count(number - SHOWN_WARNINGS, 'more warning')} ${code}; --verbose shows them all`]);
      }
    },
  };
}

function group(failures: readonly Failure[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const failure of failures) {
    const { reference, ...rest } = failure;
    const key = JSON.stringify(rest);
    const references = groups.get(key)?.references ?? [];
    if (reference !== undefined && !references.includes(reference)) references.push(reference);
    groups.set(key, { problem: failure, references });
  }
  return [...groups.values()];
}

/** The first line says what is wrong, the others only what the first one does not say already. */
function problemLines(
  kind: Kind,
  problem: Problem,
  references: readonly string[],
  { colors, verbose, width }: ProblemContext,
): readonly string[] {
  const { message, path, digest, hint } = problem;
  const [only, ...others] = references;
  // what is odd, other than what is wrong, is seldom looked up
  const told = (text: string): boolean =>
    says(message, text) || (kind === 'warning' && !verbose && says(message, shortDigest(text)));
  const subject = only !== undefined && others.length === 0 && !says(message, only) ? `${only}: ` : '';
  const details: (readonly [name: string, text: string | undefined])[] = [
    ['references', others.length === 0 ? undefined : list(references, verbose)],
    ['path', path !== undefined && !says(message, path, /[\w/@-]/) ? path : undefined],
    ['digest', digest !== undefined && !told(digest) ? digest : undefined],
    ['hint', hint],
  ];
  const paint = { error: colors.red, warning: colors.yellow }[kind];
  const [first = '', ...rest] = wrap(printable(`${kind}: ${subject}${message} [${problem.code}]`), width, 2);
  return [
    [colors.bold(paint(first.slice(0, kind.length + 1))) + first.slice(kind.length + 1), ...rest]
      .join('\n')
      .replace(/\[[A-Z0-9_]+\]$/, code => colors.dim(code)),
    ...details.flatMap(([name, text]) => {
      if (text === undefined) return [];
      const [head = '', ...tail] = wrap(printable(`  ${name}: ${text}`), width, 4);
      return [colors.dim(head.slice(0, name.length + 3)) + head.slice(name.length + 3), ...tail];
    }),
  ];
}

function list(references: readonly string[], verbose: boolean): string {
  const shown = verbose ? references : references.slice(0, SHOWN_REFERENCES);
  const more = references.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}

/** Whether a message names something (perhaps quoted), and not merely a longer name that contains it. */
function says(message: string, text: string, more = /[\w/@:-]/): boolean {
  const quoted = JSON.stringify(text).slice(1, -1);
  const name = message.includes(text) ? text : quoted;
  const at = message.indexOf(name);
  const isPart = (character: string | undefined): boolean => character !== undefined && more.test(character);
  return at !== -1 && !isPart(message[at - 1]) && !isPart(message[at + name.length]);
}
