import type { Report } from '../report.ts';
import type { ReportContext } from './image-table.ts';
import { displayWidth, printable, shellWord } from './text.ts';

/** What becomes of images: a registry's storage, or something for sites without one. */
export type ShippedFormat = 'registry' | 'oci' | 'docker-archive';

/** Where the stock registry images keep their data. */
const REGISTRY_ROOT = '/var/lib/registry';

/**
 * Lines with the commands that take a written directory further: pack it, unpack it on the other side, serve it.
 * @param directory as the user gave it
 * @param image a registry image that serves all of it
 */
export function renderNextSteps(
  directory: string,
  image: string,
  { colors, width }: ReportContext,
): readonly string[] {
  const word = shellWord(printable(directory));
  const volume = directory.startsWith('/') ? word : fromHere(directory);
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ['pack', [`tar -C ${word} -cf images.tar docker`]],
    ['unpack', [`tar -C ${REGISTRY_ROOT} -xf images.tar`]],
    ['serve', ['docker run --rm -p 5000:5000', `-v ${volume}:${REGISTRY_ROOT} ${image}`]],
  ];
  return [
    colors.bold('Next'),
    ...steps.flatMap(([name, parts]) => {
      const head = `  ${name.padEnd(8)}`;
      const whole = head + parts.join(' ');
      const broken = [head + parts.join(` \\\n${' '.repeat(head.length + 2)}`)];
      return width === undefined || displayWidth(whole) <= width ? [whole] : broken;
    }),
  ];
}

/** The same for a directory that is an OCI image layout. */
export function renderLayoutSteps(
  directory: string,
  image: string,
  { colors }: ReportContext,
): readonly string[] {
  const word = shellWord(printable(directory));
  return [
    colors.bold('Next'),
    `  list  jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"]' ${word}/index.json`,
    `  use   skopeo copy oci:${word}:${image} containers-storage:${image}`,
  ];
}

/** How a layout or an archive calls the first of the images. */
export function firstName({ images }: Pick<Report, 'images'>): string {
  const [image] = images.filter(({ status }) => status !== 'failed');
  if (!image) return '';
  const { outputRepository, tag, digest } = image;
  return tag === null ? `${outputRepository}@${String(digest)}` : `${outputRepository}:${tag}`;
}

/** Docker wants absolute paths. */
function fromHere(directory: string): string {
  const plain = printable(directory.replace(/^(\.\/+)+/, ''));
  const word = shellWord(plain);
  return word === plain ? `"$PWD/${plain}"` : `"$PWD"/${word}`;
}
