/**
 * Orders nodes so that each stands after everything below it. `children` must be free of loops, which a graph of proved
 * digests is: a loop would need content that holds its own hash. Iterative, because hostile graphs are deep.
 */
export function childrenFirst<Key>(root: Key, children: (key: Key) => readonly Key[]): readonly Key[] {
  const ordered: Key[] = [];
  const entered = new Set<Key>();
  const stack = [{ key: root, rest: children(root)[Symbol.iterator]() }];
  for (;;) {
    const top = stack.at(-1);
    if (!top) return ordered;
    const next = top.rest.next();
    if (next.done === true) {
      ordered.push(top.key);
      stack.pop();
    } else if (!entered.has(next.value)) {
      entered.add(next.value);
      stack.push({ key: next.value, rest: children(next.value)[Symbol.iterator]() });
    }
  }
}
