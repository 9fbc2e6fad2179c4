import type { CompressionSetting } from './compression.ts';
import { freeMemory, leads, MEMBER_BYTES, memberMaker, type MemberMaker } from './members.ts';
import { LAST_WORDS, type ArchiveOutput, type Written } from './output.ts';
import { noLongerThan } from './waiting.ts';

/** More at once would leave none of Node's four helper threads to write what is compressed. */
const MOST_AT_ONCE = 3;

/**
 * Compresses what goes to `output`. Wherever a stream of it ends, but at its true end, it ends within a member: the beginning of
 * the next one always goes out with the one before it, so that the format itself tells that something is missing.
 * @param setting with `none`, `output` itself is returned
 * @param concurrency number of members compressed at once, at most
 */
export function compressedOutput(
  output: ArchiveOutput,
  setting: CompressionSetting,
  concurrency: number,
): ArchiveOutput {
  if (setting.kind === 'none') return output;
  const lead = leads[setting.kind];
  const atOnce = Math.max(1, Math.min(concurrency, MOST_AT_ONCE));
  const makers: MemberMaker[] = [];
  const idle: MemberMaker[] = [];
  const free: Buffer[] = [];
  /** Members on their way, each done when it and all before it were written. */
  const onTheWay: Promise<void>[] = [];
  let last: Promise<void> = Promise.resolve();
  let begun = false;
  let aborted = false;
  let finished = false;
  let block: Buffer | undefined;
  let filled = 0;

  function makerFor(): MemberMaker {
    const maker = idle.pop() ?? memberMaker(setting as Exclude<CompressionSetting, { kind: 'none' }>);
    if (!makers.includes(maker)) makers.push(maker);
    return maker;
  }

  async function send(bytes: Uint8Array): Promise<void> {
    if (aborted) throw new Error('the output was given up');
    if (bytes.length > 0) await output.write(bytes);
  }

  /** Sends a member but for its lead, which is out already, and with its end the lead of the next one. */
  async function emit(member: readonly Buffer[], final: boolean): Promise<void> {
    if (!begun) await send(lead);
    begun = true;
    let skip = lead.length;
    for (const [index, piece] of member.entries()) {
      const rest = piece.subarray(skip);
      skip = Math.max(0, skip - piece.length);
      await send(final || index < member.length - 1 ? rest : Buffer.concat([rest, lead]));
      freeMemory(piece);
    }
  }

  /** Compresses what is there, once there is room on the way. */
  async function submit(final: boolean): Promise<void> {
    if (onTheWay.length >= atOnce) await onTheWay.shift();
    const source = block ?? none;
    const maker = makerFor();
    const member = maker.compress(source.subarray(0, filled));
    block = undefined;
    filled = 0;
    last = emitAfter(last, member, final, () => {
      idle.push(maker);
      if (source.length > 0) free.push(source);
    });
    // it is looked at when its turn comes
    last.catch(() => undefined);
    onTheWay.push(last);
  }

  async function emitAfter(
    before: Promise<void>,
    member: Promise<readonly Buffer[]>,
    final: boolean,
    release: () => void,
  ): Promise<void> {
    const pieces = await member;
    release();
    await before;
    await emit(pieces, final);
  }

  function close(): void {
    for (const maker of makers) maker.close();
  }

  async function add(bytes: Uint8Array): Promise<void> {
    for (let taken = 0; taken < bytes.length;) {
      // only when more comes, so that the last member is never empty
      if (filled === MEMBER_BYTES) await submit(false);
      block ??= free.pop() ?? Buffer.allocUnsafeSlow(MEMBER_BYTES);
      const count = Math.min(MEMBER_BYTES - filled, bytes.length - taken);
      block.set(bytes.subarray(taken, taken + count), filled);
      filled += count;
      taken += count;
    }
  }

  /** What is being done, also when nobody waits for it any more. */
  let current: Promise<unknown> = Promise.resolve();
  function doing<T>(work: Promise<T>): Promise<T> {
    current = work.catch(() => undefined);
    return work;
  }

  async function complete(): Promise<Written> {
    await submit(true);
    await last;
    close();
    finished = true;
    return await output.finish();
  }

  /** What a reader gets of an archive that was given up: all that was there, and the beginning of a member. */
  async function cut(rest: Uint8Array): Promise<void> {
    await current;
    if (finished) return;
    await add(rest);
    await submit(false);
    await last;
  }

  return {
    write: bytes => doing(add(bytes)),
    flush: () => doing(filled > 0 ? submit(false) : Promise.resolve()),
    finish: () => doing(complete()),
    async abort(rest) {
      await noLongerThan(LAST_WORDS, cut(rest));
      aborted = true;
      close();
      await output.abort(none);
    },
  };
}

const none = Buffer.alloc(0);
