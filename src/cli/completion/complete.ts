import { findFlag } from '../argv.ts';
import type { CommandSpec, OptionSpec, ValueKind } from '../spec.ts';
import { commands, defaultCommand, findCommand, optionsOf } from '../table.ts';
import type { Candidates } from './references.ts';

/** What can stand in place of the word that was begun. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** `nospace`: a candidate may be gone on with; `directories`, `files`: the shell completes names of these itself. */
  readonly directive: 'space' | 'nospace' | 'directories' | 'files';
  /** What the shell must leave alone in front of a file's name: `--data-dir=`. */
  readonly prefix: string;
}

export interface Candidate {
  readonly word: string;
  /** What it is, for shells that show it; may be empty. */
  readonly description: string;
}

/** Completes references out of the data directory that was given, or the usual one; with `bare` repositories alone, too. */
export type ReferenceCompleter = (
  word: string,
  dataDir: string | undefined,
  bare: boolean,
) => Promise<Candidates>;

const nothing: Completion = { candidates: [], directive: 'space', prefix: '' };

/**
 * Completes a command line.
 * @param before the words in front of the one that was begun, without the program's name
 * @param word what was typed of it, without quotes
 */
export async function complete(
  before: readonly string[],
  word: string,
  completeReference: ReferenceCompleter,
): Promise<Completion> {
  const typed = read(before);
  const { pending, command, position, ended } = typed;
  const reference = (begun: string, bare: boolean): Promise<Candidates> =>
    completeReference(begun, typed.dataDir, bare);
  if (pending) return completeValue(pending, word, '', reference);
  if (!ended && word.startsWith('-')) {
    const equals = word.indexOf('=');
    if (equals === -1) return completeOption(command, typed, word);
    const option = findFlag(word.slice(0, equals))?.option;
    const prefix = word.slice(0, equals + 1);
    return option?.value === undefined
      ? nothing
      : completeValue(option, word.slice(equals + 1), prefix, reference);
  }
  const names = position === 0 && !ended && !typed.named ? matching(commands.map(describe), word) : [];
  const { argument } = command;
  if (!argument || (position > 0 && !argument.variadic)) return { ...nothing, candidates: names };
  const values = await completeValue(argument, word, '', reference);
  // with nothing typed yet, what to do comes before what to do it with
  if (word === '' && names.length > 0 && !typed.any) return { ...nothing, candidates: names };
  return { ...values, candidates: [...names, ...values.candidates] };
}

interface Typed {
  readonly command: CommandSpec;
  /** The command was named. */
  readonly named: boolean;
  /** An option that waits for its value. */
  readonly pending: OptionSpec | undefined;
  /** How many arguments there are already. */
  readonly position: number;
  /** A double hyphen has ended the options. */
  readonly ended: boolean;
  readonly given: ReadonlySet<OptionSpec>;
  readonly dataDir: string | undefined;
  readonly any: boolean;
}

/** Reads the words as far as they can be understood; what cannot be is passed over. */
function read(words: readonly string[]): Typed {
  const given = new Set<OptionSpec>();
  let pending: OptionSpec | undefined;
  let dataDir: string | undefined;
  let ended = false;
  const plain: string[] = [];
  for (const word of words) {
    if (pending) {
      if (pending.key === 'dataDir') dataDir = word;
      pending = undefined;
    } else if (ended || word === '-' || !word.startsWith('-')) plain.push(word);
    else if (word === '--') ended = true;
    else {
      const equals = word.indexOf('=');
      const flag = findFlag(equals === -1 ? word : word.slice(0, equals));
      if (!flag) continue;
      given.add(flag.option);
      if (flag.option.value === undefined) continue;
      if (equals === -1) pending = flag.option;
      else if (flag.option.key === 'dataDir') dataDir = word.slice(equals + 1);
    }
  }
  const named = plain[0] === undefined ? undefined : findCommand(plain[0]);
  return {
    command: named ?? defaultCommand,
    named: named !== undefined,
    pending,
    position: named ? plain.length - 1 : plain.length,
    ended,
    given,
    dataDir,
    any: words.length > 0,
  };
}

function completeOption(command: CommandSpec, { given, named, position }: Typed, word: string): Completion {
  // the command may still be named after its options
  const open = !named && position === 0;
  const options = new Set(open ? commands.flatMap(optionsOf) : optionsOf(command));
  const fresh = [...options].filter(option => option.repeatable === true || !given.has(option));
  const candidates = fresh.flatMap(option => {
    const { flags, negatable, summary } = option;
    const long = flags.filter(flag => flag.startsWith('--'));
    const negated = negatable === undefined ? [] : long.map(flag => flag.replace('--', '--no-'));
    return [...(negatable === 'only' ? [] : long), ...negated].map(flag => ({
      word: flag,
      description: summary,
    }));
  });
  const short = fresh.flatMap(({ flags, summary }) =>
    flags.filter(flag => flag === word).map(flag => ({ word: flag, description: summary })),
  );
  return { ...nothing, candidates: matching([...candidates, ...short], word) };
}

type Value = Pick<OptionSpec, 'choices'> & { readonly kind?: ValueKind };

async function completeValue(
  { kind, choices }: Value,
  word: string,
  prefix: string,
  reference: (word: string, bare: boolean) => Promise<Candidates>,
): Promise<Completion> {
  const plain = (words: readonly string[]): readonly Candidate[] =>
    matching(
      words.map(choice => ({ word: choice, description: '' })),
      word,
    ).map(candidate => ({ ...candidate, word: prefix + candidate.word }));
  if (choices) return { ...nothing, candidates: plain(choices) };
  switch (kind) {
    case 'directory':
    case 'destination':
      return { candidates: [], directive: 'directories', prefix };
    case 'file':
      return { candidates: [], directive: 'files', prefix };
    case 'command':
      return { ...nothing, candidates: matching(commands.map(describe), word) };
    case 'reference':
    case 'pattern': {
      const { words, partial } = await reference(word, kind === 'pattern');
      return { candidates: plain(words), directive: partial ? 'nospace' : 'space', prefix };
    }
    default:
      return nothing;
  }
}

function describe({ name, summary }: CommandSpec): Candidate {
  return { word: name, description: summary };
}

function matching(candidates: readonly Candidate[], word: string): readonly Candidate[] {
  return candidates.filter(candidate => candidate.word.startsWith(word));
}
