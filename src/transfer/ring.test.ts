import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRing, marks, ringEmptier, ringFiller, Stopped, stopRing, type Ring } from './ring.ts';

/** Fills as many blocks as there is room for, each with its number. */
function fillUp(ring: Ring): (from: number, count: number) => void {
  const filler = ringFiller(ring);
  return (from, count) => {
    for (let number = from; number < from + count; number++) {
      filler.fill(filler.block().write(`block ${number}`), number % 3 === 0 ? marks.end : marks.part);
    }
  };
}

test('blocks come out as they went in, however often the ring goes round', async () => {
  const ring = makeRing(4, 64);
  const fill = fillUp(ring);
  const { take, release } = ringEmptier(ring);
  let taken = 0;
  for (let round = 0; round < 20; round++) {
    const count = (round % 4) + 1;
    fill(taken, count);
    for (let number = 0; number < count; number++, taken++) {
      const block = await take();
      assert.equal(block?.bytes.toString(), `block ${taken}`);
      assert.equal(block.mark, taken % 3 === 0 ? marks.end : marks.part);
      release();
    }
  }
});

test('counts go on where 32-bit numbers wrap around', async () => {
  const ring = makeRing(4, 64);
  ring.state.fill(2 ** 31 - 2, 0, 2);
  const fill = fillUp(ring);
  const { take, release } = ringEmptier(ring);
  for (let number = 0; number < 12; number += 3) {
    fill(number, 3);
    for (let next = number; next < number + 3; next++) {
      assert.equal((await take())?.bytes.toString(), `block ${next}`);
      release();
    }
  }
});

test('a block that was taken stays as it is until it is given back', async () => {
  const ring = makeRing(2, 64);
  fillUp(ring)(0, 2);
  const { take } = ringEmptier(ring);
  const [first, again] = [await take(), await take()];
  assert.equal(first?.bytes.toString(), 'block 0');
  assert.equal(again?.bytes.toString(), 'block 0');
});

test('whoever waits for a block is woken by the end of something', async () => {
  const ring = makeRing(8, 64);
  const { take } = ringEmptier(ring);
  const waiting = take();
  setTimeout(() => fillUp(ring)(0, 1), 20);
  // waiting for memory to change does not keep a process alive; the thread that changes it does
  const alive = setInterval(() => undefined, 1000);
  assert.equal((await waiting)?.bytes.toString(), 'block 0');
  clearInterval(alive);
});

test('a stop ends the waits of both sides', async () => {
  const ring = makeRing(2, 64);
  const { take, release } = ringEmptier(ring);
  const waiting = take();
  setTimeout(() => stopRing(ring), 20);
  const alive = setInterval(() => undefined, 1000);
  assert.equal(await waiting, undefined);
  clearInterval(alive);
  assert.equal(await take(), undefined);
  release();
  assert.throws(() => ringFiller(ring).block(), Stopped);
});
