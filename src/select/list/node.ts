import type { Findings } from './findings.ts';
import { quote } from './place.ts';

/**
 * What a YAML or JSON document holds, with the line of everything. Scalars keep the text they are written as: an image
 * named `1.10` or `on` must not become a number or a boolean. Mappings are lists of pairs, so that no key is special and
 * one that stands twice loses nothing.
 */
export type Node = Text | List | Mapping;

export interface Text {
  readonly kind: 'text';
  readonly text: string;
  /** Written without quotes, so that `null` and `~` mean nothing. */
  readonly plain: boolean;
  readonly line: number;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly Node[];
  readonly line: number;
}

export interface Mapping {
  readonly kind: 'map';
  readonly pairs: readonly Pair[];
  readonly line: number;
}

export interface Pair {
  readonly key: string;
  readonly value: Node;
  /** Of the key. */
  readonly line: number;
}

/** No value: nothing after the colon, or one of YAML's and JSON's words for it. */
export function isNull(node: Node): boolean {
  return node.kind === 'text' && node.plain && /^(?:~|null|Null|NULL)?$/.test(node.text);
}

/** Every value that stands under a key: none when the node is no mapping, several where the key stands twice. */
export function all(node: Node, key: string): readonly Node[] {
  return node.kind === 'map' ? node.pairs.filter(pair => pair.key === key).map(pair => pair.value) : [];
}

/** Every node at the end of a path of keys. */
export function descend(node: Node, path: readonly string[]): readonly Node[] {
  return path.reduce<readonly Node[]>((nodes, key) => nodes.flatMap(each => all(each, key)), [node]);
}

/** Every item of every list under a key. */
export function itemsOf(node: Node, key: string): readonly Node[] {
  return all(node, key).flatMap(value => (value.kind === 'list' ? value.items : []));
}

/** The text under a key, when there is one. */
export function textOf(node: Node, key: string): string | undefined {
  const found = all(node, key).find(value => value.kind === 'text' && !isNull(value));
  return found?.kind === 'text' ? found.text : undefined;
}

/** Says so where a key stands twice: readers differ in which one counts, so both are read. */
export function reportDuplicate(findings: Findings, pairs: readonly Pair[]): void {
  const first = new Map<string, number>();
  for (const { key, line } of pairs) {
    const earlier = first.get(key);
    if (earlier !== undefined) {
      findings.assume(line, `the key ${quote(key)} stands in line ${earlier} already: both are read`);
      return;
    }
    first.set(key, line);
  }
}
