import type { Findings } from './findings.ts';
import type { ListLimits } from './limits.ts';
import { reportDuplicate, type List, type Mapping, type Node, type Pair } from './node.ts';
import { lineFinder } from './text.ts';

type Open =
  | { readonly node: Mapping; readonly pairs: Pair[]; key?: { readonly text: string; readonly line: number } }
  | { readonly node: List; readonly items: Node[] };

/**
 * Reads a JSON document; undefined when it is none. The language's own parser judges it but tells no lines: those come
 * from a walk over the brackets and scalars of what is known to be good.
 * @throws ScraperError `LIST_INVALID` when it nests too deep
 */
export function jsonDocument(text: string, limits: ListLimits, findings: Findings): Node | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const lineAt = lineFinder(text);
  const open: Open[] = [];
  let root: Node | undefined;

  const place = (node: Node): void => {
    const top = open.at(-1);
    if (top === undefined) root = node;
    else if ('items' in top) top.items.push(node);
    else if (top.key !== undefined) {
      top.pairs.push({ key: top.key.text, line: top.key.line, value: node });
      delete top.key;
    }
  };
  const enter = (child: Open): void => {
    place(child.node);
    open.push(child);
    if (open.length > limits.depth)
      findings.fail(child.node.line, `it nests more than ${limits.depth} levels deep`);
  };

  const token = /[{}[\]"]|[^\s{}[\]",:]+/g;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [found] = match;
    const line = lineAt(match.index);
    if (found === '{') {
      const pairs: Pair[] = [];
      enter({ node: { kind: 'map', pairs, line }, pairs });
    } else if (found === '[') {
      const items: Node[] = [];
      enter({ node: { kind: 'list', items, line }, items });
    } else if (found === '}' || found === ']') {
      const closed = open.pop();
      if (closed !== undefined && 'pairs' in closed) reportDuplicate(findings, closed.pairs);
    } else if (found === '"') {
      token.lastIndex = endOfString(text, match.index);
      const string = JSON.parse(text.slice(match.index, token.lastIndex)) as string;
      const top = open.at(-1);
      if (top !== undefined && 'pairs' in top && top.key === undefined) top.key = { text: string, line };
      else place({ kind: 'text', text: string, plain: false, line });
    } else place({ kind: 'text', text: found, plain: true, line });
  }
  return root;
}

/** The offset after the quote that ends a string; `start` is that of the quote that begins it. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') return at + 1;
    if (character === '\\') at += 1;
  }
  return text.length;
}
