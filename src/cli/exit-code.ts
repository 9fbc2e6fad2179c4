import { exitCodeFor, exitCodes, type Failure } from '../errors.ts';
import type { CommandSpec } from './spec.ts';

/** The exit code of a command that met failures. To those who compare, 1 says that there are differences: all trouble is 2. */
export function exitCodeOf({ name }: Pick<CommandSpec, 'name'>, failures: readonly Failure[]): number {
  const code = exitCodeFor(failures);
  const stopped = code === exitCodes.interrupted || code === exitCodes.terminated;
  return name !== 'diff' || stopped || failures.length === 0 ? code : exitCodes.usage;
}
