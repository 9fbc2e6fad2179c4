import path from 'node:path';
import { parsePartName, sumsName } from '../archive/parts.ts';
import type { ArchiveDestination, Destination } from './destination.ts';
import { textOf, textsOf, type RawOptions } from './raw-options.ts';
import type { OptionSpec } from './spec.ts';
import { usageError } from './usage-error.ts';
import { refuseUseless } from './useless-options.ts';

/** What a scrape writes beside a plain directory, and how. */
export const archiveOptions: readonly OptionSpec[] = [
  {
    key: 'base',
    flags: ['--base'],
    value: 'SOURCE',
    kind: 'file',
    repeatable: true,
    summary: 'leave out blobs of an inventory, bundle, registry',
    section: 'shipping',
  },
  {
    key: 'split',
    flags: ['--split'],
    value: 'SIZE',
    kind: 'text',
    summary: 'cut the archive: NAME.001 … (4.7GB, 650MiB)',
    section: 'shipping',
  },
  {
    key: 'onlyPart',
    flags: ['--only-part'],
    value: 'K',
    kind: 'number',
    summary: 'make just this part again',
    section: 'shipping',
  },
  {
    key: 'compress',
    flags: ['--compress'],
    value: 'KIND',
    kind: 'text',
    choices: ['none', 'gzip', 'zstd'],
    summary: 'of a stream: gzip or zstd, with :LEVEL if wanted',
    section: 'shipping',
  },
  {
    key: 'format',
    flags: ['--format'],
    value: 'FORMAT',
    kind: 'text',
    choices: ['registry', 'oci', 'docker-archive'],
    summary: 'registry, oci or docker-archive',
    standard: 'registry',
    section: 'shipping',
  },
  {
    key: 'sign',
    flags: ['--sign'],
    value: 'KEY',
    kind: 'file',
    summary: 'sign the bundle manifest (PEM, Ed25519 or P-256)',
    section: 'shipping',
  },
  {
    key: 'manifest',
    flags: ['--manifest'],
    value: 'FILE',
    kind: 'file',
    summary: 'write the bundle manifest here as well',
    section: 'shipping',
  },
  {
    key: 'force',
    flags: ['--force'],
    summary: 'replace an archive that is there',
    section: 'shipping',
  },
];

export type ShippingFormat = 'registry' | 'oci' | 'docker-archive';

export interface ArchiveArguments {
  /** As given: kind and level, or undefined where the output's name says it. */
  readonly compress: string | undefined;
  /** As given. */
  readonly split: string | undefined;
  readonly onlyPart: number | undefined;
  readonly format: ShippingFormat;
  /** Absolute paths. */
  readonly sign: string | undefined;
  readonly manifest: string | undefined;
  /** As given, with absolute paths. */
  readonly base: readonly string[];
  readonly force: boolean;
}

/**
 * Options about archives, checked against the output.
 * @throws ScraperError `USAGE`
 */
export function archiveArguments(
  raw: RawOptions,
  output: Destination | undefined,
  cwd: string,
): ArchiveArguments {
  const place = (key: string): string | undefined => {
    const given = textOf(raw, key);
    if (given === '') throw usageError(`--${key} names no file`);
    if (given === '-') throw usageError(`--${key} must be a file, found "-"`, 'for a file of this name: ./-');
    return given === undefined ? undefined : path.resolve(cwd, given);
  };
  const format = formatOf(textOf(raw, 'format') ?? 'registry');
  const split = textOf(raw, 'split');
  const onlyPart = partOf(textOf(raw, 'onlyPart'));
  const compress = textOf(raw, 'compress');
  const [sign, manifest] = [place('sign'), place('manifest')];
  if (output) {
    refuseUseless(output, {
      split,
      onlyPart,
      compress,
      format,
      sign,
      manifest,
      force: raw['force'] === true,
      link: raw['link'] === true,
      verifyExisting: raw['verifyExisting'] === true,
      sync: raw['fsync'] === true,
    });
  }
  if (format !== 'registry' && textsOf(raw, 'base').length > 0) {
    const why = 'a site without a registry has no blobs that could be left out';
    throw usageError(`--base does not go with --format ${format}: ${why}`, 'leave one of them out');
  }
  if (manifest !== undefined && output?.kind === 'archive' && isOf(output, manifest))
    throw usageError(
      `--manifest and --output name the same file: "${textOf(raw, 'manifest') ?? ''}"`,
      'an archive holds its manifest in any case; for a copy of it, choose another name',
    );
  if (onlyPart !== undefined && split === undefined) {
    throw usageError(
      '--only-part makes a part of an archive that is cut',
      'give --split SIZE as the first time',
    );
  }
  return {
    ...{ compress, split, onlyPart, format, sign, manifest },
    base: textsOf(raw, 'base').map(item => path.resolve(cwd, item)),
    force: raw['force'] === true,
  };
}

/** Whether a file is one of those that an archive consists of. */
function isOf({ path: archive }: ArchiveDestination, file: string): boolean {
  if (archive === undefined) return false;
  return file === archive || file === sumsName(archive) || parsePartName(file)?.name === archive;
}

function formatOf(text: string): ShippingFormat {
  if (text === 'registry' || text === 'oci' || text === 'docker-archive') return text;
  throw usageError(`--format must be registry, oci or docker-archive, found "${text}"`);
}

function partOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  if (number > 0) return number;
  throw usageError(`--only-part must be the number of a part, from 1 on, found "${text}"`);
}
