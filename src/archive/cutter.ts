import type { WrittenFile } from './output.ts';
import type { Piece } from './piece.ts';

/** Bytes that are distributed over pieces of one size. */
export interface Cutter {
  write(bytes: Uint8Array): Promise<void>;
  /** Completes the last piece. */
  end(): Promise<void>;
  /** Lets go of the piece that is not complete. */
  abandon(): Promise<void>;
}

/**
 * @param pieceBytes size of all pieces but the last; `Infinity` for one piece
 * @param open begins a piece, counted from 1; undefined for one that nobody wants
 * @param onPiece called with each complete piece, in their order
 */
export function cutter(
  pieceBytes: number,
  open: (number: number) => Promise<Piece | undefined>,
  onPiece: (file: WrittenFile | undefined, number: number) => Promise<void> | void,
): Cutter {
  let number = 0;
  let room = 0;
  let piece: Piece | undefined;

  async function complete(): Promise<void> {
    const file = await piece?.close();
    piece = undefined;
    await onPiece(file, number);
  }

  return {
    async write(bytes) {
      for (let done = 0; done < bytes.length;) {
        if (room === 0) {
          number += 1;
          piece = await open(number);
          room = pieceBytes;
        }
        const count = Math.min(room, bytes.length - done);
        await piece?.write(bytes.subarray(done, done + count));
        done += count;
        room -= count;
        if (room === 0) await complete();
      }
    },
    async end() {
      if (room > 0) await complete();
      room = 0;
    },
    abandon: async () => piece?.abandon(),
  };
}
