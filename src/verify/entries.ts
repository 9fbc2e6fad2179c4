import { isScraperError } from '../errors.ts';
import type { Entry } from '../storage/driver.ts';
import type { Verification } from './verification.ts';

/** What stands in a directory; to be gone through once. */
export interface Listing extends AsyncIterable<Entry> {
  /** It could not be read to its end, so nothing follows from what was not seen. */
  readonly failed: boolean;
  /** It was read to its end, and nothing is in it. */
  readonly empty: boolean;
}

/** Lists a directory. Of one that is gone there is nothing; one that cannot be read is noted, and makes all incomplete. */
export function entriesOf(verifying: Verification, path: string): Listing {
  const state = { failed: false, empty: false };
  async function* read(): AsyncGenerator<Entry> {
    verifying.options.signal.throwIfAborted();
    try {
      let empty = true;
      for await (const entry of verifying.driver.list(path)) {
        empty = false;
        yield entry;
      }
      state.empty = empty;
    } catch (error) {
      if (isScraperError(error, 'PATH_UNKNOWN')) return;
      verifying.fail(error);
      verifying.incomplete = true;
      state.failed = true;
    }
  }
  return {
    [Symbol.asyncIterator]: read,
    get failed() {
      return state.failed;
    },
    get empty() {
      return state.empty;
    },
  };
}
