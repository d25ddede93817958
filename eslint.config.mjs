// What the compiler cannot see: shape limits, and the casts that would forge a guarantee.
import tseslint from 'typescript-eslint';

/** `x as Verified<…>` (or Grants, Digest, …) would let an unchecked value reach a decision. */
const GUARANTEE_TYPES =
  'Verified|VerifiedRepository|ImageReference|Digest|KeyId|RoleName|RepositoryName|Grants|Profile|Intent';

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', 'reports/**', '.stryker-tmp/**', 'keys/dev/**', 'test/vectors/**'] },
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-extraneous-class': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector: `TSAsExpression > TSTypeReference > Identifier[name=/^(${GUARANTEE_TYPES})$/]`,
          message: 'A cast forges a guarantee: parse the value instead.',
        },
        {
          selector: 'TSAsExpression TSUnknownKeyword',
          message: 'A cast through unknown switches the checker off.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    ignores: ['test/support/property.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          name: 'fast-check',
          message: 'test/support/property.ts has it with one seed.',
          allowTypeImports: true,
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
);
