import type { TestEvent } from 'node:test/reporters';

/** A reporter for Node's test runner that ends it at the first test that fails: more are not needed to tell a fault. */
export default async function* firstFailure(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== 'test:fail') continue;
    yield `${event.data.name}\n`;
    // once what was said is out
    setImmediate(() => process.exit(1));
  }
}
