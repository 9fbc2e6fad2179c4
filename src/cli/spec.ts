/** The form of the command table. */

/** What a value is, for completion. A `pattern` is a reference that means all tags where it names none. */
export type ValueKind =
  'directory' | 'file' | 'reference' | 'pattern' | 'command' | 'number' | 'destination' | 'text';

export interface OptionSpec {
  /** Name among the parsed options. */
  readonly key: string;
  /** All spellings, as typed: the first ones are shown, see `alsoFrom`. */
  readonly flags: readonly [string, ...string[]];
  /** Flags from this index on are aliases, shown after the others. */
  readonly alsoFrom?: number;
  /** Placeholder of the value; a switch has none. */
  readonly value?: string;
  readonly kind?: ValueKind;
  /** All values there are, where they are few. */
  readonly choices?: readonly string[];
  /** May be given several times; every value counts, in the order given. */
  readonly repeatable?: true;
  /** A switch that `--no-…` turns off. `only` where that is the form worth showing. */
  readonly negatable?: 'both' | 'only';
  readonly summary: string;
  /** Default, for people. */
  readonly standard?: string;
  readonly section: 'common' | 'selection' | 'shipping' | 'further' | 'general';
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** What follows the command's name. */
  readonly argument?: {
    readonly name: string;
    readonly variadic: boolean;
    readonly required: boolean;
    readonly kind: ValueKind;
    readonly choices?: readonly string[];
  };
  readonly usage: string;
  readonly options: readonly OptionSpec[];
  /** What help says of options, by key, where it is something else than after other commands. */
  readonly wording?: Readonly<Record<string, Partial<Pick<OptionSpec, 'value' | 'summary' | 'section'>>>>;
  /** What it is for, and the words to type after the program's name. */
  readonly examples: readonly (readonly [purpose: string, words: string])[];
  /** Lines of help that no option says. */
  readonly notes: readonly string[];
  /** Where they are not those of the other commands. */
  readonly exitCodes?: readonly (readonly [code: string, meaning: string])[];
}
