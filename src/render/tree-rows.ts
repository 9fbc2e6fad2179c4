import type { BlobPart, ManifestPart, ReferrerPart } from '../look/tree.ts';
import { count } from './format.ts';

/** A line of a tree: a part with what leads to it, or a remark where parts were left out. */
export interface TreeRow {
  /** Lines of the tree in front of it. */
  readonly branches: string;
  readonly part?: ManifestPart | BlobPart;
  readonly referrer?: ReferrerPart;
  readonly remark?: string;
}

interface Branches {
  readonly tee: string;
  readonly corner: string;
  readonly bar: string;
  readonly none: string;
}

const drawn: Branches = { tee: '├─ ', corner: '└─ ', bar: '│  ', none: '   ' };
const typed: Branches = { tee: '|- ', corner: '`- ', bar: '|  ', none: '   ' };

/** The lines of the tree beside what stands below a row. */
export function branchesBelow({ branches }: TreeRow): string {
  return [drawn, typed].reduce(
    (text, { tee, corner, bar, none }) => text.replace(tee, bar).replace(corner, none),
    branches,
  );
}

/** A tree as rows, from the top down. @param most parts shown below one manifest before the rest is only counted */
export function treeRows(top: ManifestPart, unicode: boolean, most: number): readonly TreeRow[] {
  const branches = unicode ? drawn : typed;
  const rows: TreeRow[] = [];
  add({ part: top }, '', '');
  return rows;

  function add(row: Omit<TreeRow, 'branches'>, before: string, below: string): void {
    rows.push({ branches: before, ...row });
    if (row.part?.role !== 'manifest') return;
    const { parts, referrers } = row.part;
    const children: Omit<TreeRow, 'branches'>[] = [
      ...parts.slice(0, most).map(part => ({ part })),
      ...more(parts.length - most, 'part'),
      ...referrers.slice(0, most).map(referrer => ({ part: referrer.manifest, referrer })),
      ...more(referrers.length - most, 'referrer'),
    ];
    children.forEach((child, index) => {
      const last = index === children.length - 1;
      add(
        child,
        below + (last ? branches.corner : branches.tee),
        below + (last ? branches.none : branches.bar),
      );
    });
  }
}

function more(hidden: number, noun: string): readonly { readonly remark: string }[] {
  return hidden > 0 ? [{ remark: `... and ${count(hidden, `more ${noun}`)}; --verbose lists them all` }] : [];
}
