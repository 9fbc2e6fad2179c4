import { ScraperError } from '../errors.ts';
import type { Plan, PlannedLink } from '../plan.ts';
import { pathFor } from '../registry/layout.ts';

/** What to do with a tag that points elsewhere already. */
export type TagPolicy = 'overwrite' | 'keep' | 'fail';

/** A tag of the target that was found to point elsewhere. */
export interface MovedTag {
  readonly repository: string;
  readonly tag: string;
  /** The digest that it pointed to, as the link has it. */
  readonly before: string;
  /** The digest that it is given; it keeps `before` when `kept` is set. */
  readonly after: string;
  readonly kept: boolean;
  /** Set where `after` lists all the referrers that `before` lists, and more. */
  readonly merged?: boolean;
}

/** Tags that the plan would move, given the links that the target has by their paths. */
export function movedTags(
  plan: Plan,
  existing: ReadonlyMap<string, string>,
  policy: TagPolicy,
): readonly MovedTag[] {
  const links = plan.images.flatMap(image => image.links.filter(({ kind }) => kind === 'tagLink'));
  const moved = links.flatMap(link => {
    const path = pathFor(link);
    const one = movedTag(link, existing.get(path), policy);
    return one ? [[path, one] as const] : [];
  });
  return [...new Map(moved).values()];
}

/** Undefined where the link is no tag's, or holds what it should already, or is not there. */
export function movedTag(
  link: PlannedLink,
  before: string | undefined,
  policy: TagPolicy,
): MovedTag | undefined {
  if (before === undefined || before === link.target || link.kind !== 'tagLink') return undefined;
  return { repository: link.repository, tag: link.tag, before, after: link.target, kept: policy === 'keep' };
}

/** The refusal that policy `fail` wants. */
export function tagExists(moved: readonly MovedTag[]): ScraperError {
  const [first] = moved;
  const name = `${first?.repository ?? ''}:${first?.tag ?? ''}`;
  const more = moved.length > 1 ? `, and ${String(moved.length - 1)} more tags point elsewhere too` : '';
  return new ScraperError(
    'TAG_EXISTS',
    `tag ${name} is there and points to ${first?.before ?? ''}, not to ${first?.after ?? ''}${more}`,
    {
      reference: name,
      hint: 'to move tags: --on-existing-tag overwrite; to leave them as they are: --on-existing-tag keep; --dry-run lists them all',
    },
  );
}
