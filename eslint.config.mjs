import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const TIME = 'Only platform/time knows the time of day: take an instant as a parameter, or ask Now.read().';
const SETTINGS = 'Only platform/config reads the environment: take Config.';

const noClock = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: TIME },
  { selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]', message: TIME },
  { selector: 'CallExpression[callee.name="Date"]', message: TIME },
  { selector: 'MemberExpression[object.name="Temporal"][property.name="Now"]', message: TIME },
  {
    selector: 'Literal[value=/\\b(now\\(\\)|current_timestamp|current_date)/i]',
    message: `${TIME} SQL gets it as a parameter.`,
  },
  {
    selector: 'TemplateElement[value.raw=/\\b(now\\(\\)|current_timestamp|current_date)/i]',
    message: `${TIME} SQL gets it as a parameter.`,
  },
];
const noEnvironment = [{ selector: 'MemberExpression[object.name="process"][property.name="env"]', message: SETTINGS }];

export default tseslint.config(
  { ignores: ['dist/', 'dist.*/', 'data/', 'coverage/', 'bench/results/', 'node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, prettier],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...noClock, ...noEnvironment],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // To be asynchronous is part of many an interface; not every implementation has something to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  { files: ['src/platform/time/**'], rules: { 'no-restricted-syntax': ['error', ...noEnvironment] } },
  { files: ['src/platform/config/**'], rules: { 'no-restricted-syntax': ['error', ...noClock] } },
  {
    files: ['test/**/*.ts', '**/*.spec.ts', 'bench/**/*.ts'],
    rules: {
      'no-restricted-syntax': 'off',
      // What Jest's matchers and a JSON answer give is `any`.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['assets/scripts/**/*.ts', 'bench/**/*.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.{js,mjs,cjs}'],
    extends: [prettier],
    rules: {
      eqeqeq: 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'prefer-const': 'error',
      'no-var': 'error',
    },
  },
);
