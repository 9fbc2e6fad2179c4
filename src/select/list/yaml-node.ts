import type * as Yaml from 'yaml';
import type { Findings } from './findings.ts';
import { failTemplate } from './image.ts';
import type { ListLimits } from './limits.ts';
import { reportDuplicate, type Mapping, type Node, type Pair, type Text } from './node.ts';
import { large, quote } from './place.ts';

export interface YamlSource {
  readonly yaml: typeof Yaml;
  /** What `document` was parsed from. */
  readonly text: string;
  readonly document: Yaml.Document.Parsed;
  /** The line, in the whole list, of an offset into `text`. */
  lineOf(offset: number): number;
  readonly limits: ListLimits;
  readonly findings: Findings;
}

/** A node with the values in it and the levels below it, those behind aliases included. */
interface Measured<N extends Node = Node> {
  readonly node: N;
  readonly values: number;
  readonly depth: number;
}

/**
 * A parsed document as this program's nodes: aliases become what they stand for, merge keys (`<<`) the pairs they add. An
 * alias shares the node it names, so nothing is copied; but all who walk over nodes meet it each time, and that is limited.
 * @throws ScraperError `LIST_INVALID`
 */
export function readYamlNode({ yaml, text, document, lineOf, limits, findings }: YamlSource): Node {
  /** Undefined while the node is being read: an alias to it from within would be endless. */
  const anchors = new Map<string, Measured | undefined>();
  /** Counted as it grows: merging copies pairs long before the mapping around is complete. */
  let left = limits.values;

  const count = (values: number, line: number): void => {
    left -= values;
    if (left < 0)
      findings.fail(
        line,
        `it holds more than ${large(limits.values)} values, counting what aliases stand for`,
        'no list of images needs so many: look whether it is the right file',
      );
  };

  function read(node: unknown, level: number, line: number): Measured {
    if (yaml.isAlias(node)) return follow(node, level);
    if (!yaml.isNode(node)) return leaf({ kind: 'text', text: '', plain: true, line });
    const here = lineOf(node.range?.[0] ?? 0);
    if (level > limits.depth) findings.fail(here, `it nests more than ${limits.depth} levels deep`);
    count(1, here);
    if (node.anchor !== undefined) anchors.set(node.anchor, undefined);
    const measured = yaml.isMap(node)
      ? readMap(node, level, here)
      : yaml.isSeq(node)
        ? readSeq(node, level, here)
        : leaf(readScalar(node, here));
    if (node.anchor !== undefined) anchors.set(node.anchor, measured);
    return measured;
  }

  function follow(alias: Yaml.Alias, level: number): Measured {
    const line = lineOf(alias.range?.[0] ?? 0);
    const name = quote(alias.source);
    if (!anchors.has(alias.source)) findings.fail(line, `the alias ${name} stands for nothing before it`);
    const target = anchors.get(alias.source);
    if (target === undefined)
      return findings.fail(line, `the alias ${name} stands within what it stands for`);
    if (level + target.depth > limits.depth)
      findings.fail(line, `it nests more than ${limits.depth} levels deep`);
    count(target.values, line);
    return target;
  }

  function readSeq(node: Yaml.YAMLSeq, level: number, line: number): Measured {
    const items = node.items.map(item => read(item, level + 1, line));
    return { node: { kind: 'list', items: items.map(item => item.node), line }, ...sum(items) };
  }

  function readMap(node: Yaml.YAMLMap, level: number, line: number): Measured {
    // No YAML that means anything begins so, but `image: {{ .Values.image }}` is a mapping to YAML's grammar.
    if (text.startsWith('{{', node.range?.[0])) failTemplate(findings, line);
    const own: Pair[] = [];
    const merged: (readonly Pair[])[] = [];
    const parts: Measured[] = [];
    for (const pair of node.items) {
      const key = read(pair.key, level + 1, line);
      const value = read(pair.value, level + 1, key.node.line);
      parts.push(key, value);
      if (key.node.kind !== 'text') findings.fail(key.node.line, 'a key must be text');
      else if (key.node.plain && key.node.text === '<<') merged.push(pairsToMerge(value.node));
      else own.push({ key: key.node.text, value: value.node, line: key.node.line });
    }
    reportDuplicate(findings, own);
    return { node: { kind: 'map', pairs: withMerged(own, merged.flat()), line }, ...sum(parts) };
  }

  function pairsToMerge(value: Node): readonly Pair[] {
    const sources = value.kind === 'list' ? value.items : [value];
    return sources.flatMap(source =>
      source.kind === 'map'
        ? source.pairs
        : findings.fail(value.line, 'only a mapping, or a list of mappings, can be merged by <<'),
    );
  }

  function readScalar(node: unknown, line: number): Text {
    // Compose's `!reset` takes a value away.
    if (!yaml.isScalar(node) || node.tag === '!reset') return { kind: 'text', text: '', plain: true, line };
    const content = typeof node.value === 'string' ? node.value : (node.source ?? '');
    return { kind: 'text', text: content, plain: node.type === 'PLAIN', line };
  }

  return read(document.contents, 0, lineOf(0)).node;
}

/** A mapping's own pairs win over merged ones, and among those the first. */
function withMerged(own: readonly Pair[], merged: readonly Pair[]): Mapping['pairs'] {
  if (merged.length === 0) return own;
  const known = new Set(own.map(pair => pair.key));
  const added = merged.filter(pair => {
    const isNew = !known.has(pair.key);
    known.add(pair.key);
    return isNew;
  });
  return [...own, ...added];
}

function leaf(node: Text): Measured {
  return { node, values: 1, depth: 0 };
}

function sum(parts: readonly Measured[]): Omit<Measured, 'node'> {
  let values = 1;
  let depth = 0;
  for (const part of parts) {
    values += part.values;
    depth = Math.max(depth, part.depth + 1);
  }
  return { values, depth };
}
