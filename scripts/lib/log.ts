/** Writes one line about a step of the work. */
export type Log = (line: string) => void;

/** Runs a step and logs how long it took, or that it failed. */
export async function timed<T>(
  log: Log,
  name: string,
  step: () => Promise<T>,
  detail: (result: T) => string,
): Promise<T> {
  const start = performance.now();
  try {
    const result = await step();
    log(`${name}: ${detail(result)} (${seconds(start)})`);
    return result;
  } catch (error) {
    log(`${name}: failed (${seconds(start)})`);
    throw error;
  }
}

export function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Message of an error with the messages of what caused it. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${explain(error.cause)}`;
}
