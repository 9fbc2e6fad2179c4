/**
 * What a link holds, without the spaces and line ends that editors and shells put around it. Nothing else is forgiven: a byte
 * order mark, say, is no white space to whoever reads bytes.
 */
export function withoutBlanks(text: string): string {
  return text.replace(/^[ \t\r\n]+/, '').replace(/[ \t\r\n]+$/, '');
}

/** The beginning of what a link holds instead of a digest, with all that cannot be seen spelled out. */
export function quotedLink(text: string): string {
  const quoted = JSON.stringify(text.slice(0, 80));
  return quoted.replace(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
