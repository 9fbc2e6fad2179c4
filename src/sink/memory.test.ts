import { listTree } from '../testing/tree.ts';
import { memorySink, type MemoryOutput } from './memory.ts';
import { sinkSuite } from './sink.suite.ts';

sinkSuite('memory sink', () => {
  const output: MemoryOutput = new Map();
  return Promise.resolve({
    sink: () => memorySink(output),
    listing: () => Promise.resolve(listTree(output)),
    put: (path, bytes) => {
      output.set(path, bytes);
      return Promise.resolve();
    },
  });
});
