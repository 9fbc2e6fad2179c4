import { isCompose, takeCompose } from './compose.ts';
import { findingsOf, listSorts, nothingFound, reasonsOf, type Findings, type Lists } from './findings.ts';
import { formOf, mayBeJson } from './form.ts';
import { addPattern, imageText } from './image.ts';
import { jsonDocument } from './json-document.ts';
import { isKubernetes, takeKubernetes } from './kubernetes.ts';
import type { ListLimits } from './limits.ts';
import { takeLines } from './lines.ts';
import type { Node } from './node.ts';
import { takeOther } from './other.ts';
import { isSkopeo, takeSkopeo } from './skopeo.ts';
import { decode } from './text.ts';
import { yamlDocuments } from './yaml-documents.ts';

/**
 * What one list comes to, recognised by its content.
 * @param file as given, for messages and origins; `-` for standard input
 * @throws ScraperError `LIST_INVALID`, or as `parseReference`, with the list and the line
 */
export async function parseList(file: string, bytes: Uint8Array, limits: ListLimits): Promise<Lists> {
  const findings = findingsOf(file);
  if (bytes.length > limits.bytes)
    findings.fail(undefined, `it is longer than ${limits.bytes / 2 ** 20} MiB, no list is`);
  const text = decode(bytes, findings);
  const lines = text.split(/\r\n|\n|\r/);
  const form = formOf(lines);
  if (form === 'empty')
    findings.fail(
      undefined,
      bytes.length === 0 ? 'it is empty' : 'nothing stands in it',
      file === '-' ? 'did the command before the pipe fail?' : undefined,
    );

  const json = mayBeJson(text) ? jsonDocument(text, limits, findings) : undefined;
  let known = form === 'lines';
  if (json !== undefined) known = takeDocument(findings, json);
  else if (form === 'lines') takeLines(findings, lines);
  else
    for await (const document of yamlDocuments(text, limits, findings))
      known = takeDocument(findings, document) || known;

  const { result } = findings;
  if (result.entries.length > 0) return result;
  if (!known) {
    const { why, hint } = reasonsOf(result.warnings);
    findings.fail(undefined, nothingFound + why, hint ?? listSorts);
  }
  if (result.warnings.length === 0) findings.skip(undefined, nothingFound);
  return findings.result;
}

/** Whether it is of a sort that is known, so that it may well hold no image at all. */
function takeDocument(findings: Findings, node: Node): boolean {
  if (node.kind === 'text') return false;
  if (node.kind === 'list') return node.items.map(item => takeItem(findings, item)).includes(true);
  if (isKubernetes(node)) takeKubernetes(findings, node);
  else if (isCompose(node)) takeCompose(findings, node);
  else if (isSkopeo(node)) takeSkopeo(findings, node);
  else {
    takeOther(findings, node, { what: 'this is of no known sort', templates: 'skip' });
    return false;
  }
  return true;
}

/** An item of a plain list: a reference or glob as on a line, or a document of its own. */
function takeItem(findings: Findings, node: Node): boolean {
  if (node.kind !== 'text') return takeDocument(findings, node);
  const item = imageText(findings, node);
  if (item !== undefined) addPattern(findings, item.text, item.line);
  return true;
}
