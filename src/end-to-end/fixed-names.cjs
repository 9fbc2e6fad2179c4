'use strict';
// Loaded before the program: scratch directories get the same name every time, so that a fault can be put on what is in them.
const crypto = require('node:crypto');

Object.defineProperty(process, 'pid', { value: 99999999 });
crypto.randomBytes = size => Buffer.alloc(size);
