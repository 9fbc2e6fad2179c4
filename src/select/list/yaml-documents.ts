import type * as Yaml from 'yaml';
import type { Findings } from './findings.ts';
import { mayBeJson } from './form.ts';
import { failTemplate, isTemplate } from './image.ts';
import type { ListLimits } from './limits.ts';
import type { Node } from './node.ts';
import { escape, large } from './place.ts';
import { lineFinder } from './text.ts';
import { yamlGuard } from './yaml-guard.ts';
import { readYamlNode } from './yaml-node.ts';

/** Scalars stay text (schema `failsafe`); keys are compared here, because the library does it in quadratic time. */
const options = {
  schema: 'failsafe',
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/** Kinds that hold no image of their own, however long they are: not worth the time to parse them. */
const imageless = /^kind:[ \t]*["']?(?:CustomResourceDefinition|ConfigMap|Secret)["']?[ \t]*(?:#.*)?\r?$/m;

/**
 * Reads the documents of a YAML stream one after the other, so that a long stream takes the memory of its longest document.
 * The library is loaded only here: it costs 13 ms of start-up.
 * @throws ScraperError `LIST_INVALID` with the line: syntax, templates, unknown aliases, more than the limits allow
 */
export async function* yamlDocuments(
  text: string,
  limits: ListLimits,
  findings: Findings,
): AsyncGenerator<Node, void, undefined> {
  const yaml = await import('yaml');
  const lineAt = lineFinder(text);
  for (const [start, end] of documentBounds(text)) {
    const chunk = text.slice(start, end);
    if (isBlank(chunk) || imageless.test(chunk)) continue;
    const lineOf = (offset: number): number => lineAt(start + offset);
    if (chunk.length > limits.yaml) {
      findings.fail(
        lineOf(0),
        `this YAML document has ${large(chunk.length)} characters, at most ${large(limits.yaml)} are read`,
        'give it as JSON (kubectl get -o json), or cut it into documents with lines of ---',
      );
    }
    for (const document of compose(yaml, chunk, limits, lineOf, findings))
      yield readYamlNode({ yaml, text: chunk, document, lineOf, limits, findings });
  }
}

/** A line of `---` always begins a document: within one, every line of a text or a list is indented. */
function* documentBounds(text: string): Generator<readonly [start: number, end: number], void, undefined> {
  let start = 0;
  for (const { index } of text.matchAll(/^---(?=\s|$)/gm)) {
    yield [start, index];
    start = index;
  }
  yield [start, text.length];
}

/** Nothing but comments, white space, marks and directives: nothing here depends on the YAML version. */
function isBlank(chunk: string): boolean {
  return !/^(?!---|\.\.\.|%)[ \t]*[^\s#]|^---[ \t]+[^\s#]/m.test(chunk);
}

function compose(
  yaml: typeof Yaml,
  chunk: string,
  limits: ListLimits,
  lineOf: (offset: number) => number,
  findings: Findings,
): readonly Yaml.Document.Parsed[] {
  const parser = new yaml.Parser();
  const composer = new yaml.Composer(options);
  const documents: Yaml.Document.Parsed[] = [];
  const fail = (offset: number, message: string, hint?: string): never => {
    // A template breaks YAML's grammar somewhere; where it stands says more than where that was noticed.
    if (isTemplate(chunk)) failTemplate(findings, lineOf(chunk.indexOf('{{')));
    return findings.fail(lineOf(offset), message, hint);
  };
  const watch = yamlGuard(yaml, limits, message => fail(parser.offset, message));
  for (const lexeme of new yaml.Lexer().lex(chunk)) {
    watch(lexeme);
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end());

  const [error] = documents.flatMap(document => document.errors);
  if (error === undefined) return documents;
  const what =
    error.code === 'RESOURCE_EXHAUSTION' ? 'it nests too deep' : escape(error.message.slice(0, 200));
  return fail(
    error.pos[0],
    `this is no valid ${mayBeJson(chunk) ? 'JSON and no valid YAML' : 'YAML'}: ${what}`,
    error.code === 'TAB_AS_INDENT'
      ? 'YAML is indented by blanks only'
      : 'was it written to its end? A list without YAML has one reference per line and nothing else',
  );
}
