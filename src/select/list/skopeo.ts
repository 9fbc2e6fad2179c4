import type { Findings } from './findings.ts';
import { addReference, failTemplate, isReference, isTemplate } from './image.ts';
import { isNull, type Mapping, type Node, type Pair, type Text } from './node.ts';
import { quote } from './place.ts';

/** Keys by which `skopeo sync --src yaml` selects, and the option here that does the same. */
const filters: ReadonlyMap<string, string> = new Map([
  ['images-by-tag-regex', '--tag-regex'],
  ['images-by-semver', '--semver'],
]);

/** A source list of skopeo-sync: registries by host, each with repositories and what to take of them. */
export function isSkopeo(node: Mapping): boolean {
  const maps = node.pairs.map(pair => pair.value).filter(value => value.kind === 'map');
  return (
    maps.length > 0 &&
    maps.length === node.pairs.length &&
    maps.some(map => map.pairs.some(pair => pair.key === 'images' || filters.has(pair.key)))
  );
}

export function takeSkopeo(findings: Findings, list: Mapping): void {
  for (const { key: host, value: registry } of list.pairs) {
    if (registry.kind !== 'map') continue;
    for (const { key, value, line } of registry.pairs) {
      const option = filters.get(key);
      if (key !== 'images' && option === undefined) continue;
      if (value.kind !== 'map') {
        if (!isNull(value)) findings.fail(line, `${key} must be a mapping of repositories`);
        continue;
      }
      for (const repository of value.pairs) {
        if (option === undefined) takeRepository(findings, host, repository);
        else skipFilter(findings, host, repository, key, option);
      }
    }
  }
}

function takeRepository(findings: Findings, host: string, { key, value, line }: Pair): void {
  const name = `${host}/${key}`;
  const tags = isNull(value) ? [] : value.kind === 'list' ? value.items : undefined;
  if (tags === undefined) return findings.fail(line, `${quote(key)} must be a list of tags and digests`);
  if (tags.length === 0) {
    if (isTemplate(name)) failTemplate(findings, line);
    if (!isReference(name)) findings.fail(line, `${quote(name)} is no repository`);
    findings.add(`${name}:*`, line);
  }
  for (const tag of tags) {
    const { text, line: at } = tagText(findings, tag);
    addReference(findings, `${name}${text.includes(':') ? '@' : ':'}${text}`, at);
  }
}

function skipFilter(
  findings: Findings,
  host: string,
  { key, value, line }: Pair,
  filter: string,
  option: string,
): void {
  const expression = value.kind === 'text' ? value.text : '';
  findings.skip(
    line,
    `${filter} of ${quote(key)} is not read: here such a filter is an option, for all patterns`,
    `select it by itself: registry-scraper ${shellQuote(`${host}/${key}:*`)} ${option} ${shellQuote(expression)}`,
  );
}

function tagText(findings: Findings, node: Node): Text {
  return node.kind === 'text' && node.text.trim() !== ''
    ? { ...node, text: node.text.trim() }
    : findings.fail(node.line, 'a tag or a digest was expected');
}

function shellQuote(text: string): string {
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`;
}
