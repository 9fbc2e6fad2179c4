import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: `${import.meta.dirname}/..` },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // Rules that neither the compiler nor the sets above have.
      eqeqeq: 'error',
      'no-console': 'error',
      'no-constant-binary-expression': 'error',
      'no-self-compare': 'error',
      'no-template-curly-in-string': 'error',
      'no-unmodified-loop-condition': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // node:test runs what test() and describe() register; their promises are not for awaiting at the top of a file.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['describe', 'it', 'suite', 'test'] },
          ],
        },
      ],
      // Callbacks that return nothing are written `() => log(line)` here, and `return fail(error)` may end a function.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // A parameter or element that must stand there to be skipped is called `_…`.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      // It takes `[{ message = '' } = {}] = list` for useless, though the compiler asks for it: the list may be empty.
      '@typescript-eslint/no-useless-default-assignment': 'off',
      // What factories return never uses `this`, so its methods may be taken off it.
      '@typescript-eslint/unbound-method': 'off',
      // A text is spread on purpose: into its code points, not its UTF-16 units.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // A number in a text reads as it is; what must not slip in are objects, null and undefined.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    // The project's own tools talk to whoever runs them.
    files: ['scripts/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
);
