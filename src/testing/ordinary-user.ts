/** A user and group without any rights of their own. */
const NOBODY = 65534;

/**
 * Does `work` without root's rights, which no permission stops: all threads of this process are somebody else meanwhile,
 * so nothing else may be going on. Does nothing special for those who are not root.
 */
export async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
