// Loaded before the program, also in its threads: no call reads or writes more than a few bytes at once, as the system may do.
import fs from 'node:fs';

const MOST = 1000;
/** @param {number} length */
const short = length => (length > 1 ? Math.min(MOST, Math.ceil(length / 2)) : length);

/** Shortens the length of (file, buffer, offset, length, position, …); calls in another form are left as they are. */
for (const name of ['read', 'write', 'readSync', 'writeSync']) {
  const original = fs[name];
  const shortened = (file, buffer, offset, length, ...rest) =>
    typeof offset === 'number' && typeof length === 'number'
      ? original(file, buffer, offset, short(length), ...rest)
      : original(file, buffer, offset, length, ...rest);
  // what promisify() looks for
  for (const key of Object.getOwnPropertySymbols(original)) shortened[key] = original[key];
  fs[name] = shortened;
}

const handle = await fs.promises.open(process.execPath);
const prototype = Object.getPrototypeOf(handle);
await handle.close();
for (const name of ['read', 'write']) {
  const original = prototype[name];
  prototype[name] = function (buffer, offset, length, ...rest) {
    return typeof offset === 'number' && typeof length === 'number'
      ? original.call(this, buffer, offset, short(length), ...rest)
      : original.call(this, buffer, offset, length, ...rest);
  };
}
