import type { Destination } from './destination.ts';
import { usageError } from './usage-error.ts';

/** Options whose sense depends on what the output is. */
export interface OutputDependent {
  readonly split: string | undefined;
  readonly onlyPart: number | undefined;
  readonly compress: string | undefined;
  readonly format: 'registry' | 'oci' | 'docker-archive';
  readonly sign: string | undefined;
  readonly manifest: string | undefined;
  readonly force: boolean;
  readonly link: boolean;
  readonly verifyExisting: boolean;
  readonly sync: boolean;
}

interface Objection {
  readonly applies: boolean;
  /** The option and what speaks against it. */
  readonly says: string;
  readonly hint: string;
}

const nameAFile = 'name a file: -o images.tar, images.tar.gz or images.tar.zst';
const leaveOut = 'leave it out';

/**
 * Refuses options that would change nothing: they were most likely meant to.
 * @throws ScraperError `USAGE`
 */
export function refuseUseless(output: Destination, given: OutputDependent): void {
  const objections =
    output.kind === 'directory'
      ? toDirectory(given)
      : output.path === undefined
        ? [...toStream(given), ...toArchive(given)]
        : toArchive(given);
  const found = [...objections, toFormat(given)].find(({ applies }) => applies);
  if (found) throw usageError(found.says, found.hint);
}

function toDirectory(given: OutputDependent): readonly Objection[] {
  const { split, onlyPart, compress, sign, manifest, force, format } = given;
  const but = (what: string): string => `${what}, and the output is a directory`;
  return [
    { applies: split !== undefined, says: but('--split cuts archives'), hint: nameAFile },
    { applies: onlyPart !== undefined, says: but('--only-part makes a part of an archive'), hint: nameAFile },
    { applies: compress !== undefined, says: but('--compress is about archives'), hint: nameAFile },
    {
      applies: sign !== undefined && manifest === undefined,
      says: '--sign signs a bundle manifest, and a directory gets none',
      hint: 'add --manifest FILE, or write an archive',
    },
    {
      applies: force && manifest === undefined,
      says: but('--force replaces archives'),
      hint: 'a directory is only ever added to',
    },
    { applies: format === 'docker-archive', says: but('--format docker-archive is a tar'), hint: nameAFile },
  ];
}

function toStream({ split, onlyPart, force, manifest, sync }: OutputDependent): readonly Objection[] {
  return [
    { applies: split !== undefined, says: '--split does not cut standard output', hint: nameAFile },
    {
      applies: onlyPart !== undefined,
      says: '--only-part makes a file, and the output is standard output',
      hint: nameAFile,
    },
    {
      applies: force && manifest === undefined,
      says: '--force replaces files, and the output is standard output',
      hint: leaveOut,
    },
    {
      applies: sync && manifest === undefined,
      says: '--fsync waits for the disk of a file, and the output is standard output',
      hint: leaveOut,
    },
  ];
}

function toArchive({ link, verifyExisting }: OutputDependent): readonly Objection[] {
  return [
    { applies: link, says: '--link needs a directory, and the output is an archive', hint: leaveOut },
    {
      applies: verifyExisting,
      says: '--verify-existing is about what a directory has, and the output is an archive',
      hint: leaveOut,
    },
  ];
}

function toFormat({ format, sign, manifest }: OutputDependent): Objection {
  return {
    applies: format !== 'registry' && (sign !== undefined || manifest !== undefined),
    says: `--sign and --manifest go with a registry's bundle, not with --format ${format}`,
    hint: 'leave them out',
  };
}
