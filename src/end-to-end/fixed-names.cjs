'use strict';
// Loaded before the program: the first scratch directory gets the same name every time, so that a fault can be put on what is in it,
// and so do the second and the others.
const crypto = require('node:crypto');

Object.defineProperty(process, 'pid', { value: 99999999 });
let given = 0;
crypto.randomBytes = size => Buffer.alloc(size, given++);
