/** What an ordeal works with. */
export interface OrdealContext {
  /** How often it is to be done. */
  readonly count: number;
  /** What its chances are drawn from: the same seed draws the same ones. */
  readonly seed: number;
  /** A directory of its own, which is removed afterwards. */
  readonly scratch: string;
  /** Tells whoever waits how far it is. */
  readonly log: (line: string) => void;
}

/** What came of it. */
export interface Outcome {
  /** How often it was done. */
  readonly done: number;
  /** One text for each time that the program did what it must not do; empty is what everybody hopes for. */
  readonly bad: readonly string[];
  /** Figures that are worth a word, such as how many runs ended in which way. */
  readonly notes: readonly string[];
}

/** Something that is done to the program very often, to see whether it ever breaks. */
export interface Ordeal {
  /** How often it is done unless told otherwise. */
  readonly full: number;
  readonly run: (context: OrdealContext) => Promise<Outcome>;
}
