import type { Findings } from './findings.ts';
import { addReference, failTemplate, isReference, isTemplate } from './image.ts';
import { isNull, textOf, type Node, type Pair, type Text } from './node.ts';
import { escape, quote } from './place.ts';

export interface OtherOptions {
  /** Begins the note: what this is, and why it is searched. */
  readonly what: string;
  /** Keys of the top level that are left out. */
  readonly without?: readonly string[];
  /** A template in an image field: one that should have been rendered, or one that something fills in later. */
  readonly templates: 'fail' | 'skip';
}

/** So many fields are named in a note. */
const NAMED = 3;

/**
 * Searches what no rule is known for: every text field named `image`, and lists of texts named `images`. All that is taken
 * is noted once, because it is a guess; what is no reference is noted too.
 */
export function takeOther(findings: Findings, root: Node, options: OtherOptions): void {
  const taken: string[] = [];
  const seen = new Set<Node>();

  const visit = (node: Node, path: string): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === 'list')
      for (const [index, item] of node.items.entries()) visit(item, `${path}[${index}]`);
    if (node.kind !== 'map') return;
    for (const pair of node.pairs) {
      if (path === '' && options.without?.includes(pair.key) === true) continue;
      const here = path === '' ? pair.key : `${path}.${pair.key}`;
      takeField(pair, here);
      visit(pair.value, here);
    }
  };

  const takeField = ({ key, value }: Pair, path: string): void => {
    if (key === 'image' && value.kind === 'text') take(value, path);
    if (key === 'image' && value.kind === 'map' && textOf(value, 'repository') !== undefined)
      findings.skip(
        value.line,
        `${quote(path)} is put together by something that is not at hand, nothing of it is selected`,
        'for values of a chart: helm template CHART --values FILE | registry-scraper --from -',
      );
    if (key === 'images' && value.kind === 'list')
      for (const item of value.items) if (item.kind === 'text') take(item, path);
  };

  const take = (node: Text, path: string): void => {
    const text = node.text.trim();
    if (isNull(node) || text === '') return;
    if (isTemplate(text) && options.templates === 'fail') failTemplate(findings, node.line);
    if (!isReference(text)) {
      findings.skip(node.line, `${quote(path)} is no reference: ${quote(text)}`);
      return;
    }
    addReference(findings, text, node.line);
    taken.push(`${text} (${escape(path)})`);
  };

  visit(root, '');
  if (taken.length === 0) return;
  const more = taken.length - NAMED;
  const named = `${taken.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  findings.assume(root.line, `${options.what}; taken as an image: ${named}`);
}
