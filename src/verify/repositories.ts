import { posix } from 'node:path';
import { isScraperError } from '../errors.ts';
import { isRepository } from '../oci/reference.ts';
import { pathFor } from '../registry/layout.ts';
import { sortedBy } from '../sorted.ts';
import type { Entry } from '../storage/driver.ts';
import { reportDangling, readLayers } from './layers.ts';
import { entriesOf } from './entries.ts';
import { reportEmpty, reportForeign } from './foreign.ts';
import { checkRevisions } from './manifests.ts';
import { reportNamed } from './naming.ts';
import { areaPath, repositoryState, type RepositoryState } from './repository.ts';
import { readRevisions } from './revisions.ts';
import { checkTags } from './tags.ts';
import { checkUploads } from './uploads.ts';
import type { Verification } from './verification.ts';

const AREAS = ['layers', 'manifests', 'uploads'] as const;
type Area = (typeof AREAS)[number];
/** What the directories of a repository are called: they begin with this, and no repository does. */
const RESERVED = '_';
const areaOf: ReadonlyMap<string, Area> = new Map(
  AREAS.map(area => [posix.basename(pathFor({ kind: area, repository: 'any' })), area]),
);

/** A directory that is a repository, leads to some, or neither. */
interface Place {
  readonly path: string;
  /** Below the directory of all repositories; empty for that itself. */
  readonly name: string;
  /** What the directories above it look like, see {@link likenessOf}. */
  readonly above: readonly string[];
}

/** Goes through all repositories, which may nest. */
export async function checkRepositories(verifying: Verification): Promise<void> {
  const root = pathFor({ kind: 'repositories' });
  const pending: Place[] = [{ path: root, name: '', above: [] }];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const entries: Entry[] = [];
    const listing = entriesOf(verifying, place.path);
    for await (const entry of listing) entries.push(entry);
    if (listing.failed) continue;
    const likeness = await likenessOf(verifying, place, entries);
    // the second time round: a single one may look like what it is in
    if (place.above.filter(other => other === likeness).length > 1) {
      await reportCircle(verifying, place);
      continue;
    }
    const areas = new Set(
      entries.filter(({ kind }) => kind === 'directory').map(({ name }) => areaOf.get(name)),
    );
    const holdsContent = areas.has('layers') || areas.has('manifests');
    if (holdsContent && isRepository(place.name)) {
      verifying.repositories.push(place.name);
      await checkRepository(
        verifying,
        repositoryState(place.name, verifying.repositories.length, areas.has('layers')),
        areas,
      );
    } else if (holdsContent) await reportBadName(verifying, place);
    // a registry purges uploads wherever they stand (distribution, purgeuploads.go)
    else if (areas.has('uploads')) await checkUploads(verifying, place);
    const below: Place[] = [];
    for (const entry of sortedBy(entries, ({ name }) => name)) {
      const inner = await takeEntry(verifying, place, entry, [...place.above, likeness]);
      if (inner) below.push(inner);
    }
    if (listing.empty && place.name !== '') await reportEmpty(verifying, place.path);
    pending.push(...below.reverse());
  }
}

/** @returns where to go on */
async function takeEntry(
  verifying: Verification,
  { path, name }: Place,
  entry: Entry,
  above: readonly string[],
): Promise<Place | undefined> {
  const below = `${path}/${entry.name}`;
  if (entry.kind === 'directory') {
    if (areaOf.has(entry.name)) return undefined;
    const inner = name === '' ? entry.name : `${name}/${entry.name}`;
    // a name that is none may still hide what garbage collection stops at
    if (!entry.name.startsWith(RESERVED) && (await leadsOn(verifying, below, inner)))
      return { path: below, name: inner, above };
  } else if (entry.name.startsWith(RESERVED) && (await isNoDirectory(verifying, below, entry))) {
    const message =
      'a file whose name begins with "_": a registry stops looking for repositories here, and garbage-collect deletes the blobs of those that come after it';
    await verifying.report('GC_MISLED', { message, path: verifying.driver.describe(below) });
    return undefined;
  }
  await reportForeign(verifying, below, entry);
  return undefined;
}

/** Whether a directory may hold repositories: its name may be part of one, or there is one in it all the same. */
async function leadsOn(verifying: Verification, path: string, name: string): Promise<boolean> {
  if (isRepository(name)) return true;
  for await (const entry of entriesOf(verifying, path))
    if (entry.kind === 'directory' && (areaOf.has(entry.name) || isRepository(entry.name))) return true;
  return false;
}

/** A registry looks at what a link leads to, so a link that leads nowhere is nothing to it. */
export async function isNoDirectory(
  { driver }: Verification,
  path: string,
  { kind }: Entry,
): Promise<boolean> {
  if (kind === 'file') return true;
  try {
    return (await driver.stat(path)).kind === 'file';
  } catch (error) {
    return isScraperError(error, 'NOT_A_FILE');
  }
}

async function checkRepository(
  verifying: Verification,
  repository: RepositoryState,
  areas: ReadonlySet<Area | undefined>,
): Promise<void> {
  const { tally, options, report, driver } = verifying;
  tally.repositories += 1;
  if (areas.has('layers')) await readLayers(verifying, repository);
  const parts = areas.has('manifests') ? await manifestParts(verifying, repository) : new Set<string>();
  if (parts.has(areaPath('revisions', repository))) await readRevisions(verifying, repository);
  await checkRevisions(verifying, repository);
  if (parts.has(areaPath('tags', repository))) await checkTags(verifying, repository);
  await reportDangling(verifying, repository);
  if (areas.has('uploads')) await checkUploads(verifying, repository);
  await reportNamed(verifying, repository);
  const { name } = repository;
  if (!areas.has('layers') && repository.revisions.length > 0) {
    const path = driver.describe(areaPath('layers', repository));
    const message = `${name} has manifests and no layers: registry 2 does not list it, and its garbage-collect deletes what only this repository needs`;
    await report('LAYERS_MISSING', { message, path, repository: name });
  }
  if (!areas.has('manifests')) {
    const message = `${name} has layers and no manifests: no push to it was ever completed`;
    const path = driver.describe(pathFor({ kind: 'repository', repository: name }));
    await report('REPOSITORY_UNFINISHED', { message, path, repository: name });
  }
  options.observer.onRepository?.(name);
}

/** The directories of revisions and tags, as far as they are there. */
async function manifestParts(verifying: Verification, repository: RepositoryState): Promise<Set<string>> {
  const root = areaPath('manifests', repository);
  const expected = [areaPath('revisions', repository), areaPath('tags', repository)];
  const found = new Set<string>();
  for await (const entry of entriesOf(verifying, root)) {
    const path = `${root}/${entry.name}`;
    if (!expected.includes(path)) await reportForeign(verifying, path, entry);
    else if (entry.kind === 'directory') found.add(path);
    else if (await isNoDirectory(verifying, path, entry)) {
      // nobody can tell what stood in it
      verifying.incomplete = true;
      const message = `a directory was expected, found ${entry.kind === 'file' ? 'a file' : 'something that is neither a file nor a directory'}: a registry answers 500`;
      await verifying.report('NOT_A_FILE', {
        message,
        path: verifying.driver.describe(path),
        repository: repository.name,
      });
    } else await reportForeign(verifying, path, entry);
  }
  return found;
}

/** Nobody can pull from it, but it may be renamed, so nobody can tell which blobs are in use. */
function reportBadName(verifying: Verification, { path, name }: Place): Promise<void> {
  verifying.incomplete = true;
  const message = `${JSON.stringify(name)} is no name that a repository can have: garbage-collect stops at it`;
  return verifying.report('GC_BLOCKED', { message, path: verifying.driver.describe(path) });
}

function reportCircle({ driver, report }: Verification, { path }: Place): Promise<void> {
  const message =
    'a symbolic link leads back to a directory that it is in; a registry goes round until it fails';
  return report('GC_BLOCKED', { message, path: driver.describe(path) });
}

/** What a directory looks like; a symbolic link on the way to it cannot be seen from here, but shows the same thing twice. */
async function likenessOf(
  { driver }: Verification,
  { path }: Place,
  entries: readonly Entry[],
): Promise<string> {
  try {
    const { modified } = await driver.stat(path);
    return `${String(modified)} ${entries
      .map(({ name }) => name)
      .sort()
      .join('/')}`;
  } catch (error) {
    if (isScraperError(error)) return '';
    throw error;
  }
}
