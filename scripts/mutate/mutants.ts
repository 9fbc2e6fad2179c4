import ts from 'typescript';
import { replacementsOf } from './replacements.ts';

/** A program with one fault put into one of its files. */
export interface Mutant {
  readonly file: string;
  /** The whole file with the fault in it. */
  readonly text: string;
  /** Of the fault, from 1. */
  readonly line: number;
  /** Names of the functions around it, outermost first. */
  readonly within: readonly string[];
  /** `was → becomes`: the code around the fault, in one line. */
  readonly change: string;
}

/** Names of what only people read. */
const prose = new Set(['message', 'hint']);
/** How much of the code around a fault tells where it is. */
const SHOWN = 160;

/** All mutants of a source file, in the order of their places. */
export function mutantsOf(file: string, text: string): readonly Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const mutants = new Map<string, Mutant>();
  const visit = (node: ts.Node, within: readonly string[]): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isTypeAliasDeclaration(node) || isProse(node)) return;
    const name = functionName(node);
    const inside = name === undefined ? within : [...within, name];
    for (const { node: where, text: put } of replacementsOf(node, source)) {
      const start = where.getStart(source);
      const mutated = text.slice(0, start) + put + text.slice(where.getEnd());
      const { line } = source.getLineAndCharacterOfPosition(start);
      const change = changeAround(source, where, put);
      const mutant = { file, text: mutated, line: line + 1, within: inside, change };
      if (!mutants.has(mutated)) mutants.set(mutated, mutant);
    }
    ts.forEachChild(node, child => visit(child, inside));
  };
  visit(source, []);
  return [...mutants.values()].sort((a, b) => a.line - b.line);
}

function isProse(node: ts.Node): boolean {
  const named = ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node);
  return named && ts.isIdentifier(node.name) && prose.has(node.name.text);
}

function functionName(node: ts.Node): string | undefined {
  if ((ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && node.name)
    return node.name.getText();
  const { parent } = node;
  if (!ts.isArrowFunction(node) || !ts.isVariableDeclaration(parent)) return undefined;
  return parent.name.getText();
}

/** The smallest code around `node` that says something by itself, as it was and as it becomes. */
function changeAround(source: ts.SourceFile, node: ts.Node, put: string): string {
  const start = node.getStart(source);
  const lines = source.getLineStarts();
  const from = lines[source.getLineAndCharacterOfPosition(start).line] ?? 0;
  const next = lines[source.getLineAndCharacterOfPosition(node.getEnd()).line + 1] ?? source.text.length;
  const was = source.text.slice(from, next);
  const becomes = source.text.slice(from, start) + put + source.text.slice(node.getEnd(), next);
  const inOneLine = (code: string): string => code.replace(/\s+/g, ' ').trim().slice(0, SHOWN);
  return `${inOneLine(was)} → ${inOneLine(becomes)}`;
}
