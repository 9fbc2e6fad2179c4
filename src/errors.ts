/** Exit codes of the program, as `--help` documents them. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  missing: 3,
  integrity: 4,
  interrupted: 130,
  terminated: 143,
} as const;

/**
 * Every error code, with the exit code it leads to. Names follow the distribution spec's error codes where one fits.
 * The codes are part of the JSON output: add, never rename.
 */
const exitCodeOf = {
  // the call is wrong
  USAGE: exitCodes.usage,
  REFERENCE_INVALID: exitCodes.usage,
  NAME_INVALID: exitCodes.usage,
  TAG_INVALID: exitCodes.usage,
  DIGEST_INVALID: exitCodes.usage,
  OUTPUT_INVALID: exitCodes.usage,
  RENAME_CONFLICT: exitCodes.usage,
  LIST_INVALID: exitCodes.usage,
  OUTPUT_EXISTS: exitCodes.usage,
  KEY_INVALID: exitCodes.usage,
  // the surroundings fail
  DATA_DIR_UNKNOWN: exitCodes.failure,
  NOT_A_REGISTRY: exitCodes.failure,
  ACCESS_DENIED: exitCodes.failure,
  NO_SPACE: exitCodes.failure,
  TAG_EXISTS: exitCodes.failure,
  IO_ERROR: exitCodes.failure,
  INTERNAL: exitCodes.failure,
  // something asked for is not there
  PATH_UNKNOWN: exitCodes.missing,
  NAME_UNKNOWN: exitCodes.missing,
  TAG_UNKNOWN: exitCodes.missing,
  MANIFEST_UNKNOWN: exitCodes.missing,
  BLOB_UNKNOWN: exitCodes.missing,
  TAG_MISMATCH: exitCodes.missing,
  PLATFORM_UNKNOWN: exitCodes.missing,
  UNSUPPORTED: exitCodes.missing,
  SELECTION_EMPTY: exitCodes.missing,
  PART_MISSING: exitCodes.missing,
  BASE_INCOMPLETE: exitCodes.missing,
  REGISTRY_CHANGED: exitCodes.missing,
  // something is there and wrong
  NOT_A_FILE: exitCodes.integrity,
  OUTSIDE_ROOT: exitCodes.integrity,
  LINK_INVALID: exitCodes.integrity,
  DIGEST_MISMATCH: exitCodes.integrity,
  SIZE_INVALID: exitCodes.integrity,
  MANIFEST_INVALID: exitCodes.integrity,
  ARCHIVE_INVALID: exitCodes.integrity,
  ARCHIVE_TRUNCATED: exitCodes.integrity,
  PART_INVALID: exitCodes.integrity,
  BUNDLE_INVALID: exitCodes.integrity,
  INVENTORY_INVALID: exitCodes.integrity,
  SIGNATURE_INVALID: exitCodes.integrity,
  UNSIGNED: exitCodes.integrity,
  // the operator stopped it
  INTERRUPTED: exitCodes.interrupted,
  TERMINATED: exitCodes.terminated,
} as const;

export type ErrorCode = keyof typeof exitCodeOf;

/** Codes of warnings: things an operator should know, none of which stops the work. */
export type WarningCode =
  | 'HOST_IGNORED'
  | 'LATEST_MISSING'
  | 'EXCLUDE_UNUSED'
  | 'LINK_NEWLINE'
  | 'LINK_MISSING'
  | 'LINK_FALLBACK'
  | 'DIGEST_ALIAS'
  | 'SPARSE_INDEX'
  | 'SCHEMA1'
  | 'ARTIFACT_MANIFEST_SKIPPED'
  | 'LAYER_NOT_DISTRIBUTED'
  | 'SIGNATURE_MISSING'
  | 'TAG_MOVED'
  | 'EXISTING_BLOB_REPLACED'
  | 'TAG_VANISHED'
  | 'RENAME_UNUSED'
  | 'REFERRERS_UNUSED'
  | 'REFERRER_UNREADABLE'
  | 'FALLBACK_TAG_WRITTEN'
  | 'FALLBACK_TAG_DAMAGED'
  | 'REFERRER_UNLISTED'
  | 'LIST_SKIPPED'
  | 'LIST_ASSUMED'
  | 'DATABASE_IN_USE'
  | 'FORMAT_LOSES'
  | 'BLOB_SKIPPED'
  | 'TAG_SKIPPED'
  | 'REPOSITORY_SKIPPED';

/** Facts about a failure beside its message. */
export interface ErrorDetails {
  /** What to run or look at next. */
  readonly hint?: string;
  /** The reference that was being worked on, as the user gave it. */
  readonly reference?: string;
  readonly digest?: string;
  /** The file or directory concerned, as an operator would find it. */
  readonly path?: string;
  readonly cause?: unknown;
}

/** The one error type of the program: a code that decides the exit code, a message that says what was expected and found. */
export class ScraperError extends Error {
  override readonly name = 'ScraperError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}

/** Plain data form of an error or a warning, as it stands in the JSON output. */
export interface Problem<Code extends string = string> {
  readonly code: Code;
  readonly message: string;
  readonly reference?: string;
  readonly digest?: string;
  readonly path?: string;
  readonly hint?: string;
}
export type Failure = Problem<ErrorCode>;
export type Warning = Problem<WarningCode>;

/** Whether `error` is a {@link ScraperError}, with one of `codes` when any are given. */
export function isScraperError(error: unknown, ...codes: readonly ErrorCode[]): error is ScraperError {
  return error instanceof ScraperError && (codes.length === 0 || codes.includes(error.code));
}

/** Whether what surrounds the program failed, a disk or the rights to it: that says nothing of what was to be read. */
export function isOfSurroundings(error: unknown): boolean {
  return isScraperError(error, 'ACCESS_DENIED', 'IO_ERROR');
}

/** The same error with the reference it belongs to; an outer reference never replaces an inner one. */
export function withReference(error: ScraperError, reference: string): ScraperError {
  if (error.details.reference !== undefined) return error;
  return new ScraperError(error.code, error.message, { ...error.details, reference, cause: error });
}

/** Turns anything thrown into plain data. What is not a {@link ScraperError} is a defect of this program: code `INTERNAL`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof ScraperError) {
    const { hint, reference, digest, path } = error.details;
    return {
      code: error.code,
      message: error.message,
      ...(reference !== undefined && { reference }),
      ...(digest !== undefined && { digest }),
      ...(path !== undefined && { path }),
      ...(hint !== undefined && { hint }),
    };
  }
  return {
    code: 'INTERNAL',
    message: `unexpected failure: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'this is a defect of registry-scraper; run again with --verbose and report what it prints',
  };
}

/**
 * The exit code for a set of failures. An interruption outranks everything (the rest may be its consequence), then comes
 * wrong data, because it needs the operator most, then failures of the surroundings, then missing things.
 */
export function exitCodeFor(failures: readonly { readonly code: ErrorCode }[]): number {
  const rank: readonly number[] = [
    exitCodes.interrupted,
    exitCodes.terminated,
    exitCodes.usage,
    exitCodes.integrity,
    exitCodes.failure,
    exitCodes.missing,
  ];
  const found = new Set<number>(failures.map(failure => exitCodeOf[failure.code]));
  return rank.find(code => found.has(code)) ?? exitCodes.ok;
}
