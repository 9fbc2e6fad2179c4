/** Options as typed, by key; a list where the option is repeatable. Nothing is known of those that were not given. */
export type RawOptions = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export function textOf(raw: RawOptions, key: string): string | undefined {
  const value = raw[key];
  return typeof value === 'string' ? value : undefined;
}

export function textsOf(raw: RawOptions, key: string): readonly string[] {
  const value = raw[key];
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}
