import pMap from 'p-map';
import { isScraperError, ScraperError, withReference } from './errors.ts';
import type { Observer } from './observer.ts';
import type { Digest } from './oci/digest.ts';
import type { Plan, PlannedBlob, PlannedImage, PlannedLink } from './plan.ts';
import { parsePath, pathFor } from './registry/layout.ts';
import type { ArchiveReport } from './report.ts';
import type { Sink, SinkFile } from './sink/sink.ts';
import type { StorageDriver } from './storage/driver.ts';
import { unverifiedBlob } from './unverified.ts';

export interface CopyOptions {
  readonly plan: Plan;
  readonly driver: StorageDriver;
  /** Opened and closed here. */
  readonly sink: Sink;
  /** Go on with the other images when one fails. */
  readonly keepGoing: boolean;
  /** Re-hash blobs that the output already has. */
  readonly verifyExisting: boolean;
  /**
   * Asked of every link that makes a tag point somewhere, when all that it leads to is durably there: false leaves the tag as it is.
   * It fails the image by throwing a ScraperError.
   */
  readonly admitTag?: (link: PlannedLink) => Promise<boolean>;
  /** Files to be written last, when these images are there; not when everything was stopped. */
  readonly closing?: (done: readonly PlannedImage[]) => readonly SinkFile[];
  readonly signal: AbortSignal;
  readonly observer: Observer;
}

/** What became of a plan. An image in neither map was not reached. */
export interface CopyResult {
  readonly done: ReadonlyMap<PlannedImage, 'copied' | 'present'>;
  readonly failed: ReadonlyMap<PlannedImage, ScraperError>;
  /** What stopped everything, whichever image it met: an interruption, a full disk. */
  readonly stopped?: ScraperError;
  readonly copiedBytes: number;
  readonly linkedBytes: number;
  /** Bytes that the output had and that were left alone. */
  readonly skippedBytes: number;
  /** Set when they were written as one archive. */
  readonly archive?: ArchiveReport;
}

/**
 * Carries a plan out: every blob is proved and published, and an image's links follow once the last of its blobs is there,
 * in the plan's order. So at any moment the output names nothing that it lacks.
 * @throws what is no ScraperError
 */
export async function copyPlan(options: CopyOptions): Promise<CopyResult> {
  const { plan, sink, observer } = options;
  const halt = new AbortController();
  const signal = AbortSignal.any([options.signal, halt.signal]);
  const bytes = { copied: 0, linked: 0, present: 0 };
  const done = new Map<PlannedImage, 'copied' | 'present'>();
  const failed = new Map<PlannedImage, ScraperError>();
  /** Images that the output seemed to have, until one of their blobs there turned out to be damaged. */
  const mended = new Set<PlannedImage>();
  /** Links written by this run that several images have. */
  const published = new Set<PlannedLink>();
  const alone = namedOnce(plan.images);
  let stopped: ScraperError | undefined;

  function fail(
    thrown: unknown,
    images: readonly PlannedImage[],
    explain: (error: ScraperError) => ScraperError,
  ): void {
    // what was stopped because of a failure elsewhere has not failed itself
    if (signal.aborted && thrown === signal.reason) return;
    if (!isScraperError(thrown)) throw thrown;
    const error = explain(thrown);
    if (error.code === 'NO_SPACE') stopped ??= error;
    else for (const image of images) if (!failed.has(image)) failed.set(image, error);
    if (stopped !== undefined || !options.keepGoing) halt.abort(error);
  }

  async function publish(image: PlannedImage): Promise<void> {
    // images share layer links; those that are complete already need not be written again
    const links = image.lackingLinks.filter(link => !published.has(link));
    try {
      if (!image.present) await publishLinks(image.directories, links);
      done.set(image, image.present && !mended.has(image) ? 'present' : 'copied');
      observer.onImage?.(image);
    } catch (error) {
      fail(error, [image], failure => withReference(failure, image.requested));
    }
  }

  async function publishLinks(directories: readonly string[], links: readonly PlannedLink[]): Promise<void> {
    const { admitTag } = options;
    const write = async (below: readonly string[], some: readonly PlannedLink[]): Promise<void> => {
      await sink.publish(
        below,
        some.map(link => ({ path: pathFor(link), content: link.target })),
      );
      for (const link of some) if (!alone.has(link.repository)) published.add(link);
    };
    // where the power may fail, the order within one call is none
    if (!admitTag && sink.durable !== true) return write(directories, links);
    const tagged = links.filter(link => tagOf(link) !== undefined);
    await write(
      directories,
      links.filter(link => tagOf(link) === undefined),
    );
    const left = new Set<string | undefined>();
    for (const link of tagged)
      if (link.kind === 'tagLink' && admitTag && !(await admitTag(link))) left.add(tagOf(link));
    await write(
      [],
      tagged.filter(link => !left.has(tagOf(link))),
    );
  }

  async function bring(blob: PlannedBlob, images: readonly PlannedImage[]): Promise<void> {
    if (blob.inBase) return;
    const unverified = unverifiedBlob(options.driver, blob);
    if (blob.present && (!options.verifyExisting || (await sink.verify(unverified)))) {
      bytes.present += blob.size;
      return;
    }
    bytes[await sink.writeBlob(unverified)] += blob.size;
    if (!blob.present) return;
    const message = 'the output held a damaged blob under this name; it was replaced';
    observer.onWarning?.({ code: 'EXISTING_BLOB_REPLACED', message, digest: blob.digest });
    for (const image of images) mended.add(image);
  }

  const users = usersOf(plan.images);
  const lacking = new Map<PlannedImage, number>();
  // one blob may have to be in several places
  for (const { digest } of plan.blobs)
    for (const image of users.get(digest) ?? []) lacking.set(image, (lacking.get(image) ?? 0) + 1);
  async function step(blob: PlannedBlob): Promise<void> {
    if (signal.aborted) return;
    const images = users.get(blob.digest) ?? [];
    try {
      await bring(blob, images);
    } catch (error) {
      fail(error, images, failure => onTheWay(failure, blob, images));
      return;
    }
    const complete = images.filter(image => {
      const left = (lacking.get(image) ?? 0) - 1;
      lacking.set(image, left);
      return left === 0;
    });
    await Promise.all(complete.map(publish));
  }

  try {
    const { onBytes, onWarning } = observer;
    await sink.open({
      signal,
      onBytes: count => onBytes?.(count),
      onWarning: warning => onWarning?.(warning),
    });
    if (plan.blobs.some(isNewToRegistry)) await sink.publish([pathFor({ kind: 'repositories' })], []);
    await pMap(plan.blobs, step, { concurrency: sink.inFlight });
    if (options.closing && done.size > 0 && !signal.aborted)
      await sink.publish([], options.closing(plan.images.filter(image => done.has(image))));
  } catch (error) {
    if (!isScraperError(error)) throw error;
    stopped ??= error;
  } finally {
    await sink.close();
  }
  if (options.signal.aborted) stopped = asScraperError(options.signal.reason);
  const { copied: copiedBytes, linked: linkedBytes, present: skippedBytes } = bytes;
  return { done, failed, ...(stopped && { stopped }), copiedBytes, linkedBytes, skippedBytes };
}

/** Before there is such a blob there must be a directory of repositories: garbage collection fails on a tree that lacks it. */
function isNewToRegistry({ path, present, inBase }: PlannedBlob): boolean {
  return !present && !inBase && parsePath(path) !== undefined;
}

/** The tag, with its repository, that a link belongs to. */
function tagOf(link: PlannedLink): string | undefined {
  return 'tag' in link ? `${link.repository}:${link.tag}` : undefined;
}

/** Repositories of which there is one image. */
function namedOnce(images: readonly PlannedImage[]): ReadonlySet<string> {
  const together = Map.groupBy(images, ({ name }) => name);
  return new Set([...together].flatMap(([name, { length }]) => (length === 1 ? [name] : [])));
}

function usersOf(images: readonly PlannedImage[]): ReadonlyMap<Digest, readonly PlannedImage[]> {
  const users = new Map<Digest, PlannedImage[]>();
  for (const image of images) {
    for (const digest of image.blobs) {
      const known = users.get(digest);
      if (known) known.push(image);
      else users.set(digest, [image]);
    }
  }
  return users;
}

/** A blob's failure as the operator should read it: with the way from the image, and the image. */
function onTheWay(
  error: ScraperError,
  { trail, digest }: PlannedBlob,
  [image]: readonly PlannedImage[],
): ScraperError {
  const vanished =
    error.code === 'PATH_UNKNOWN' && 'the registry changed while it was read; run the same command again';
  return new ScraperError(error.code, `${trail}: ${error.message}`, {
    digest,
    ...error.details,
    ...(vanished && { hint: vanished }),
    ...(image && { reference: image.requested }),
    cause: error,
  });
}

function asScraperError(reason: unknown): ScraperError {
  return isScraperError(reason) ? reason : new ScraperError('INTERRUPTED', 'stopped', { cause: reason });
}
