import { commit, version } from '../build-info.ts';
import { programName } from './table.ts';

/** What `--version` prints: everything a report of a defect needs. */
export function renderVersion({
  version: node,
  platform,
  arch,
}: Pick<NodeJS.Process, 'version' | 'platform' | 'arch'>): string {
  return [
    `${programName} ${version}`,
    `node     ${node}`,
    `platform ${platform}-${arch}`,
    `commit   ${commit}`,
    '',
  ].join('\n');
}
