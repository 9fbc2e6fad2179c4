import type { Failure, Warning } from '../errors.ts';
import { nameOf } from '../look/details.ts';
import type { ListDetails, ListEntry } from '../look/entry.ts';
import { jsonText } from './json.ts';
import type { ListPrinter, ListTotals } from './ls.ts';

/** What stands in the document after its images. */
export interface ListOutcome {
  readonly totals: ListTotals;
  readonly warnings: readonly Warning[];
  readonly errors: readonly Failure[];
}

/** One document, written bit by bit: a line for each image, so that its length costs no memory here. */
export function jsonPrinter({ digest, summary }: ListDetails, outcome: () => ListOutcome): ListPrinter {
  let begun = false;
  const begin = (): string => {
    const head = begun ? ',\n' : '{\n"schemaVersion": 1,\n"command": "ls",\n"images": [\n';
    begun = true;
    return head;
  };
  return {
    entry: entry => begin() + jsonText(imageDocument(entry, { digest, summary })),
    end() {
      const head = begun ? '\n' : begin();
      const { totals, warnings, errors } = outcome();
      const rest = Object.entries({ totals, warnings, errors, ok: errors.length === 0 });
      const members = rest.map(([name, value]) => `"${name}": ${jsonText(value)}`);
      return `${head}],\n${members.join(',\n')}\n}\n`;
    },
  };
}

/** An entry as documented; what was not asked for is left out, what could not be found out is null. */
export function imageDocument(
  entry: ListEntry,
  details: Pick<ListDetails, 'digest' | 'summary'>,
): Readonly<Record<string, unknown>> {
  const { repository, tag, digest = null, pushed, summary, partOf, error } = entry;
  return {
    reference: nameOf(entry),
    repository,
    tag,
    ...((details.digest || details.summary || tag === null) && { digest }),
    ...(details.summary && {
      mediaType: summary?.mediaType ?? null,
      kind: summary?.kind ?? null,
      artifactType: summary?.artifactType ?? null,
      platforms: summary?.platforms ?? [],
      bytes: summary?.size ?? null,
      created: isoDate(summary?.created),
      pushed: isoDate(pushed),
      missingManifests: summary?.missingManifests ?? null,
      subject: summary?.subject ?? null,
      ...(partOf && { partOf }),
    }),
    ...(error && { error }),
  };
}

/** RFC 3339, UTC, to the second. */
export function isoDate(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
