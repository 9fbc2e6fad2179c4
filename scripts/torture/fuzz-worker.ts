import { parentPort } from 'node:worker_threads';
import { fuzz, type FuzzTask } from '../../src/testing/fuzzing.ts';

parentPort?.on('message', (task: FuzzTask) => {
  void fuzz(task).then(result => parentPort?.postMessage(result));
});
