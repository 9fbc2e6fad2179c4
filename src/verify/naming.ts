import type { Digest } from '../oci/digest.ts';
import type { RepositoryState } from './repository.ts';
import { joinUsers, usersIn, type Users } from './users.ts';
import type { Verification } from './verification.ts';

/** Reports what waited for the names of the images of one repository. */
export async function reportNamed(
  verifying: Verification,
  { name, unnamed }: RepositoryState,
): Promise<void> {
  if (unnamed.size === 0) return;
  const wanted = new Set([...unnamed.values()].map(({ details }) => details.digest));
  const users = await usersIn(verifying, name, wanted);
  for (const { kind, details } of unnamed.values())
    await verifying.report(kind, { ...details, ...users.get(details.digest) });
}

/** Reports what is wrong with blobs, with the images of all repositories that it concerns. */
export async function reportBlobs(verifying: Verification): Promise<void> {
  const { unnamed, blobs, options } = verifying;
  if (unnamed.size === 0) return;
  const wanted = new Set([...unnamed.keys()].map(row => blobs.digest(row)));
  for (const [row, aliases] of verifying.aliases)
    if (unnamed.has(row)) for (const { digest } of aliases) wanted.add(digest);
  const users = new Map<Digest, Users>();
  for (const repository of verifying.repositories) {
    options.signal.throwIfAborted();
    for (const [digest, found] of await usersIn(verifying, repository, wanted))
      users.set(digest, joinUsers(users.get(digest), found));
  }
  for (const [row, { kind, details }] of unnamed) {
    const aliases = verifying.aliases.get(row) ?? [];
    const names = [blobs.digest(row), ...aliases.map(({ digest }) => digest)];
    const found = names.flatMap(name => users.get(name) ?? []);
    const joined = found.reduce<Users | undefined>(joinUsers, undefined);
    await verifying.report(kind, { ...details, ...joined });
  }
}
