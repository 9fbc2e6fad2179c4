import { run } from '../lib/command.ts';
import { root } from '../lib/project.ts';

/**
 * The commit that the working tree is at, abbreviated, with `-dirty` when tracked files or new ones differ from it;
 * `unknown` where there is no git, no commit yet, or the project's folder is not the top of a repository (an unpacked
 * source archive inside somebody else's).
 */
export async function currentCommit(): Promise<string> {
  const prefix = await git('rev-parse', '--show-prefix');
  if (prefix !== '') return 'unknown';
  const commit = await git('rev-parse', '--verify', '--quiet', '--short=12', 'HEAD');
  if (commit === undefined) return 'unknown';
  const changes = await git('status', '--porcelain');
  return changes === '' ? commit : `${commit}-dirty`;
}

/** What git prints, trimmed; undefined when it fails or is not installed. */
async function git(...args: readonly string[]): Promise<string | undefined> {
  try {
    const result = await run('git', args, { cwd: root });
    return result.status === 0 ? result.stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}
