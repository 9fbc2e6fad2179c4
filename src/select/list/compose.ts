import type { Findings } from './findings.ts';
import { addReference, failTemplate, imageText, isTemplate } from './image.ts';
import { interpolate } from './interpolate.ts';
import { all, isNull, itemsOf, textOf, type Mapping, type Node, type Pair } from './node.ts';
import { quote } from './place.ts';

/** Longer than any image with its variables; what expands them recurses. */
const LONGEST = 4096;

/** Compose itself knows the environment, `.env`, includes and extensions. */
const resolve = 'let compose resolve it: docker compose config | registry-scraper --from -';

/** Keys of a compose file's top level; others have an `include` too, such as pipelines. */
const topLevel = /^(?:name|version|include|services|networks|volumes|configs|secrets|models|x-.*)$/;

export function isCompose(node: Mapping): boolean {
  if (all(node, 'services').some(value => value.kind === 'map')) return true;
  return all(node, 'include').length > 0 && node.pairs.every(pair => topLevel.test(pair.key));
}

/** The images of a compose file: those of services, of volumes of type `image`, and the models that services use. */
export function takeCompose(findings: Findings, file: Mapping): void {
  for (const include of file.pairs.filter(pair => pair.key === 'include'))
    findings.skip(include.line, 'what include names is not read', resolve);
  for (const service of pairsOf(file, 'services')) takeService(findings, service);
  for (const model of pairsOf(file, 'models')) {
    for (const reference of all(model.value, 'model')) take(findings, reference);
  }
}

function takeService(findings: Findings, { key, value, line }: Pair): void {
  const service = `service ${quote(key)}`;
  if (value.kind !== 'map' && !isNull(value)) findings.fail(value.line, `${service} must be a mapping`);
  const named = all(value, 'image').filter(image => take(findings, image)).length > 0;
  for (const volume of itemsOf(value, 'volumes')) {
    if (textOf(volume, 'type') !== 'image') continue;
    for (const source of all(volume, 'source')) take(findings, source);
  }
  const [extended] = all(value, 'extends');
  const other = extended === undefined ? undefined : textOf(extended, 'file');
  if (named) return;
  if (other !== undefined)
    findings.skip(line, `${service} extends one of ${quote(other)}, which is not read`, resolve);
  else if (all(value, 'build').some(build => !isNull(build)))
    findings.skip(
      line,
      `${service} is built and names no image, nothing of it is selected`,
      'push what is built and name it by image:, or give its reference as an argument',
    );
  else if (extended === undefined) findings.skip(line, `${service} names no image`);
}

/** Whether there was an image. */
function take(findings: Findings, node: Node): boolean {
  const image = imageText(findings, node);
  if (image === undefined) return false;
  const { text, line } = image;
  if (isTemplate(text)) failTemplate(findings, line);
  if (text.length > LONGEST) findings.fail(line, `no image has ${text.length} characters`);
  const reference = interpolate(text, {
    assume: (expression, value) =>
      findings.assume(line, `${quote(expression)} is taken as its default ${quote(value)}`, resolve),
    fail: why => findings.fail(line, `cannot tell the image ${quote(text)}: ${why}`, resolve),
  });
  addReference(findings, reference, line);
  return true;
}

function pairsOf(node: Node, key: string): readonly Pair[] {
  return all(node, key).flatMap(value => (value.kind === 'map' ? value.pairs : []));
}
