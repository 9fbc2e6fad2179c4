/** What `interpolate` tells about a variable it met; nothing is known of the environment, so every one counts as unset. */
export interface Variables {
  /** @param expression as it is written, `${TAG:-1.2}`; @param value what stands there instead */
  assume(expression: string, value: string): void;
  /** There is nothing to put there. @param why completes `cannot tell the image: …` */
  fail(why: string): never;
}

const name = /[A-Za-z_][A-Za-z0-9_]*/y;

/** Compose's interpolation (compose-spec, 12-interpolation.md): `$$`, `$NAME`, `${NAME}` and `:-` `-` `:+` `+` `:?` `?`. */
export function interpolate(text: string, variables: Variables): string {
  let result = '';
  let at = 0;
  for (let dollar = text.indexOf('$'); dollar !== -1; dollar = text.indexOf('$', at)) {
    result += text.slice(at, dollar);
    const next = text[dollar + 1];
    if (next === '$') {
      result += '$';
      at = dollar + 2;
    } else if (next === '{') {
      const end = endOfBraces(text, dollar + 2);
      if (end === -1) return variables.fail(`a "\${" has no "}"`);
      result += braced(text.slice(dollar + 2, end), variables);
      at = end + 1;
    } else {
      const variable = nameAt(text, dollar + 1);
      return variables.fail(
        variable === '' ? 'a "$" begins no variable (write "$$" for a dollar)' : noValue(variable),
      );
    }
  }
  return result + text.slice(at);
}

/** @param body what stands between the braces */
function braced(body: string, variables: Variables): string {
  const variable = nameAt(body, 0);
  const [, operator, word = ''] = /^(:?[-+?])(.*)$/s.exec(body.slice(variable.length)) ?? [];
  if (variable === '' || (operator === undefined && variable !== body))
    return variables.fail(`what stands in "\${…}" is no variable`);
  if (operator === undefined || operator.endsWith('?')) return variables.fail(noValue(variable));
  const value = operator.endsWith('-') ? interpolate(word, variables) : '';
  variables.assume(`\${${body}}`, value);
  return value;
}

function noValue(variable: string): string {
  return `the variable ${variable} has no default`;
}

function nameAt(text: string, at: number): string {
  name.lastIndex = at;
  return name.exec(text)?.[0] ?? '';
}

/** The brace that closes what begins at `at`, with all that opens within. */
function endOfBraces(text: string, at: number): number {
  let depth = 1;
  for (let index = at; index < text.length; index += 1) {
    if (text.startsWith('${', index)) depth += 1;
    else if (text[index] === '}') depth -= 1;
    if (depth === 0) return index;
  }
  return -1;
}
