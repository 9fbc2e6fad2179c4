/** How much of a list is read before it is taken for a mistake. Real ones stay below a tenth of it. */
export interface ListLimits {
  /** Bytes of one list. */
  readonly bytes: number;
  /** Characters of one YAML document; its reader takes about a second and 150 MB for 2^20 of them. */
  readonly yaml: number;
  /** Values of one document, those that aliases and merge keys stand for counted as often as they are used. */
  readonly values: number;
  /** Levels that a document may nest. */
  readonly depth: number;
}

const MiB = 2 ** 20;

export const listLimits: ListLimits = { bytes: 16 * MiB, yaml: 4 * MiB, values: 1_000_000, depth: 200 };
