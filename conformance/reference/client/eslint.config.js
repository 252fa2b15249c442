import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'eslint.config.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Async event handlers of the page report their own failures.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Messages carry the numbers of enums, which are compared with their names.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
    },
  },
  {
    // Honest code must not know the faults: it only calls extension points.
    files: ['src/**'],
    ignores: ['src/main.tsx', 'src/faults/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['**/faults/**'] }] },
  },
);
