import ts from 'typescript';

/** What may stand in a node's place. `text` undefined: the mutant is no replacement of the whole node but of `part`. */
export interface Replacement {
  readonly node: ts.Node;
  readonly text: string;
}

const opposites: Readonly<Partial<Record<ts.SyntaxKind, readonly string[]>>> = {
  [ts.SyntaxKind.LessThanToken]: ['<=', '>='],
  [ts.SyntaxKind.LessThanEqualsToken]: ['<', '>'],
  [ts.SyntaxKind.GreaterThanToken]: ['>=', '<='],
  [ts.SyntaxKind.GreaterThanEqualsToken]: ['>', '<'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: ['!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: ['==='],
  [ts.SyntaxKind.PlusToken]: ['-'],
  [ts.SyntaxKind.MinusToken]: ['+'],
  [ts.SyntaxKind.AsteriskToken]: ['/'],
  [ts.SyntaxKind.SlashToken]: ['*'],
  [ts.SyntaxKind.PercentToken]: ['*'],
  [ts.SyntaxKind.PlusEqualsToken]: ['-='],
  [ts.SyntaxKind.MinusEqualsToken]: ['+='],
};

/** Calls that may be left out, so that what they were called on goes on as it is. */
const transparent = new Set(['filter', 'toSorted', 'sort', 'toReversed', 'reverse', 'slice', 'trim', 'flat']);
const swapped: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  min: 'max',
  max: 'min',
  all: 'race',
};

/**
 * The faults that are put into one node of the program: a condition that always or never holds, a comparison turned around or
 * off by one, half of a logical expression, a statement left out, another literal, a promise not waited for, nothing returned.
 */
export function replacementsOf(node: ts.Node, source: ts.SourceFile): readonly Replacement[] {
  const text = (some: ts.Node): string => some.getText(source);
  const found: Replacement[] = [];
  const put = (where: ts.Node, ...texts: readonly string[]): void => {
    for (const one of texts) if (one !== text(where)) found.push({ node: where, text: one });
  };
  if (ts.isIfStatement(node)) put(node.expression, 'true', 'false');
  if (ts.isWhileStatement(node) || (ts.isForStatement(node) && node.condition)) {
    const condition = ts.isWhileStatement(node) ? node.expression : node.condition;
    // one that always holds only ever hangs
    if (condition) put(condition, 'false');
  }
  if (ts.isConditionalExpression(node)) put(node, `(${text(node.whenTrue)})`, `(${text(node.whenFalse)})`);
  if (ts.isBinaryExpression(node)) {
    const { operatorToken: operator, left, right } = node;
    put(operator, ...(opposites[operator.kind] ?? []));
    if (isLogical(operator.kind)) put(node, `(${text(left)})`, `(${text(right)})`);
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    put(node, `(${text(node.operand)})`);
  if (isDroppable(node)) put(node, ';');
  if (ts.isReturnStatement(node) && node.expression && text(node.expression) !== 'undefined')
    put(node, 'return undefined;');
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) put(node.body, 'undefined');
  if (ts.isAwaitExpression(node)) put(node, `(${text(node.expression)})`);
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 0) put(node, '[]');
  if (ts.isSpreadAssignment(node)) put(node, '...{}');
  if (node.kind === ts.SyntaxKind.TrueKeyword) put(node, 'false');
  if (node.kind === ts.SyntaxKind.FalseKeyword) put(node, 'true');
  if (ts.isNumericLiteral(node))
    put(node, `(${text(node)} + 1)`, node.text === '0' ? '-1' : `(${text(node)} - 1)`);
  if (ts.isRegularExpressionLiteral(node))
    put(node, text(node).replace('/^', '/'), text(node).replace(/\$(\/\w*)$/, '$1'));
  if (isText(node)) put(node, "''");
  if (ts.isCallExpression(node)) put(node, ...callReplacements(node, text));
  return found;
}

function callReplacements(node: ts.CallExpression, text: (node: ts.Node) => string): readonly string[] {
  if (!ts.isPropertyAccessExpression(node.expression)) return [];
  const { expression, name } = node.expression;
  const other = Object.hasOwn(swapped, name.text) ? swapped[name.text] : undefined;
  const rest = node.arguments.map(text).join(', ');
  return [
    ...(transparent.has(name.text) ? [text(expression)] : []),
    ...(other === undefined ? [] : [`${text(expression)}.${other}(${rest})`]),
  ];
}

function isLogical(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}

function isDroppable(node: ts.Node): boolean {
  return (
    ts.isExpressionStatement(node) ||
    ts.isThrowStatement(node) ||
    ts.isContinueStatement(node) ||
    (ts.isBreakStatement(node) && !ts.isCaseOrDefaultClause(node.parent)) ||
    (ts.isReturnStatement(node) && node.expression === undefined)
  );
}

/** A text that means something to the program. One with a space in it is for people. */
function isText(node: ts.Node): boolean {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node))
    return node.text !== '' && !node.text.includes(' ');
  if (!ts.isTemplateExpression(node)) return false;
  return ![node.head, ...node.templateSpans.map(span => span.literal)].some(({ text }) => text.includes(' '));
}
