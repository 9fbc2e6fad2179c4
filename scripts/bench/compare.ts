import type { Figure } from './figure.ts';
import { measureInTurn, type Contender, type Samples } from './measure.ts';
import type { Prepare } from './page-cache.ts';

/** Something this program is compared with; a text tells why it could not be measured. */
export interface Peer {
  readonly name: string;
  readonly contender: Contender | string;
  readonly aim?: number | undefined;
}

/** Measures this program and its peers in turn, and makes a figure of each pair. */
export async function compare(
  title: string,
  ours: Contender,
  peers: readonly Peer[],
  rounds: number,
  prepare?: Prepare,
): Promise<Figure[]> {
  const present = peers.flatMap(({ name, contender }): [string, Contender][] =>
    typeof contender === 'string' ? [] : [[name, contender]],
  );
  const samples: Readonly<Record<string, Samples>> = await measureInTurn(
    { ours, ...Object.fromEntries(present) },
    rounds,
    prepare,
  );
  return peers.map(({ name, contender, aim }) => ({
    title,
    unit: 'time',
    ours: samples['ours'] ?? [],
    peer: { name, samples: typeof contender === 'string' ? contender : (samples[name] ?? []) },
    ...(aim !== undefined && { aim }),
  }));
}
