import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock, fakeStream } from './fakes.ts';
import { terminalFor } from './terminal.ts';
import { textProgress } from './text-progress.ts';

test('on a terminal one line is redrawn, cut to its width, and gone at the end', () => {
  const [stream, clock] = [fakeStream({ isTTY: true, columns: 20 }), fakeClock()];
  let text = 'counting';
  const progress = textProgress({ terminal: terminalFor(stream, {}, false), clock, text: () => text });
  clock.advance(99);
  assert.equal(stream.take(), '');
  clock.advance(1);
  assert.equal(stream.take(), '\rcounting\x1b[K');
  text = 'a line that is much too long';
  clock.advance(100);
  assert.equal(stream.take(), '\ra line that is m…\x1b[K');
  text = 'on';
  progress.note(['a note']);
  assert.equal(stream.take(), '\r\x1b[Ka note\n\ron\x1b[K');
  progress.stop();
  assert.equal(stream.take(), '\r\x1b[K');
  progress.note(['later']);
  clock.advance(1000);
  assert.equal(stream.take(), 'later\n');
});

test('elsewhere there is a line now and then', () => {
  const [stream, clock] = [fakeStream(), fakeClock()];
  const progress = textProgress({ terminal: terminalFor(stream, {}, false), clock, text: () => 'counting' });
  clock.advance(9999);
  assert.equal(stream.take(), '');
  clock.advance(10_001);
  assert.equal(stream.take(), 'counting\ncounting\n');
  progress.stop();
  clock.advance(60_000);
  assert.equal(stream.take(), '');
});
