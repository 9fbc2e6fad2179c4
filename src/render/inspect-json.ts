import type { Failure, Warning } from '../errors.ts';
import type { Inspection } from '../look/inspect.ts';
import type { Sharing } from '../look/sharing.ts';
import type { BlobPart, ManifestPart } from '../look/tree.ts';
import { renderJson } from './json.ts';
import { isoDate } from './ls-json.ts';

/** The document about an image, or about why there is nothing to tell. */
export function renderInspectionJson(
  inspection: Inspection | undefined,
  warnings: readonly Warning[],
  errors: readonly Failure[],
): string {
  const about = inspection
    ? {
        image: imageDocument(inspection),
        totals: inspection.totals,
        sharing: sharingDocument(inspection.sharing),
      }
    : { image: null };
  return renderJson({
    schemaVersion: 1,
    command: 'inspect',
    ok: errors.length === 0,
    ...about,
    warnings,
    errors,
  });
}

function imageDocument({ requested, repository, tag, digest, tags, manifest, sharing }: Inspection): object {
  return { requested, repository, tag, digest, tags, manifest: partDocument(manifest, sharing) };
}

function sharingDocument({ sharedBytes, ownBytes, otherImages, comparedImages }: Sharing): object {
  return { sharedBytes, ownBytes, otherImages, comparedImages };
}

function partDocument(part: ManifestPart | BlobPart, sharing: Sharing): object {
  const { label, role, digest, mediaType, size, state, errors, annotations } = part;
  const common = {
    ...{ label, role, digest, mediaType, bytes: size, state },
    sharedWith: sharing.sharedWith.get(digest) ?? 0,
    annotations,
    ...(errors.length > 0 && { errors }),
  };
  if (part.role !== 'manifest') return { ...common, ...(part.urls.length > 0 && { urls: part.urls }) };
  const { kind, artifactType, platform, created, subject, repeated } = part;
  return {
    ...common,
    ...{ kind, artifactType, platform, created: isoDate(created ?? undefined), subject },
    ...(repeated
      ? { repeated }
      : {
          parts: part.parts.map(below => partDocument(below, sharing)),
          referrers: part.referrers.map(({ via, tag, artifactType: type, manifest }) => ({
            ...{ via, tag, artifactType: type },
            manifest: partDocument(manifest, sharing),
          })),
        }),
  };
}
