/** Numbers in a row that grows without copying what is there. */
export interface Column {
  push(value: number): void;
  /** Of an index that was pushed. */
  get(index: number): number;
  set(index: number, value: number): void;
}

type Numbers = Int32Array | Float64Array;

/** Numbers in one piece: 2^BITS. */
const BITS = 13;
const MASK = 2 ** BITS - 1;

function column(piece: (size: number) => Numbers): Column {
  const pieces: Numbers[] = [];
  let length = 0;

  function set(index: number, value: number): void {
    const numbers = pieces[index >>> BITS];
    if (numbers !== undefined) numbers[index & MASK] = value;
  }

  return {
    push(value) {
      if ((length & MASK) === 0) pieces.push(piece(MASK + 1));
      set(length, value);
      length += 1;
    },
    get: index => pieces[index >>> BITS]?.[index & MASK] ?? 0,
    set,
  };
}

/** Whole numbers of 32 bits. */
export function integers(): Column {
  return column(size => new Int32Array(size));
}

/** Numbers of 53 bits: sizes, offsets, times. */
export function numbers(): Column {
  return column(size => new Float64Array(size));
}
