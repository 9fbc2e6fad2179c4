import type * as Yaml from 'yaml';
import type { ListLimits } from './limits.ts';
import { large } from './place.ts';

/** White space and punctuation count too. */
const LEXEMES_PER_VALUE = 4;

/**
 * Watches a document while it is taken apart, and stops it before it takes gigabytes or minutes: the library recurses over
 * brackets, and makes an error of 1 KB out of each comma that separates nothing.
 * @param fail throws, with the line that has been reached
 */
export function yamlGuard(
  { CST }: typeof Yaml,
  limits: ListLimits,
  fail: (message: string) => never,
): (lexeme: string) => void {
  let left = limits.values * LEXEMES_PER_VALUE;
  let depth = 0;
  let last = '';
  return lexeme => {
    left -= 1;
    if (left < 0) fail(`this YAML document holds more than ${large(limits.values)} values`);
    // The lexer announces every scalar, which may look like a bracket itself.
    const scalar = last === CST.SCALAR;
    if (!scalar) {
      if (lexeme === '[' || lexeme === '{') depth += 1;
      if (lexeme === ']' || lexeme === '}') depth -= 1;
      if (depth > limits.depth) fail(`it nests more than ${limits.depth} levels deep`);
      if (lexeme === ',' && (last === ',' || last === '[' || last === '{'))
        fail('this is no valid YAML: nothing stands before a comma');
      if (lexeme.trim() === '' || lexeme.startsWith('#')) return;
    }
    last = scalar ? CST.SCALAR + lexeme : lexeme;
  };
}
