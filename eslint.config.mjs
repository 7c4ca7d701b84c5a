import tseslint from 'typescript-eslint';

const globals = { process: 'readonly', Buffer: 'readonly', URL: 'readonly', fetch: 'readonly', console: 'readonly' };

const SPECS = ['**/*.spec.ts', '**/*.db-spec.ts', '**/*.api-spec.ts', '**/*.e2e-spec.ts', 'test/**/*.ts'];
const use = (selector, message) => ({ selector, message });

const CLOCK = [
  use(
    "MemberExpression[object.name='Date'][property.name='now']",
    'Ask WireClock or StoryClock of @app/shared for the time.',
  ),
  use(
    "NewExpression[callee.name='Date'][arguments.length=0]",
    'Ask WireClock or StoryClock of @app/shared for the time.',
  ),
  use("CallExpression[callee.name='Date']", 'Ask WireClock or StoryClock of @app/shared for the time.'),
];
const SHAPE = [
  use(
    "MethodDefinition[kind='constructor'] > FunctionExpression[params.length>7]",
    'At most 7 dependencies: the class does too much.',
  ),
  use('CatchClause > BlockStatement[body.length=0]', 'An error must not be swallowed: handle it, or throw it on.'),
  use(
    "CallExpression[callee.property.name='catch'] > ArrowFunctionExpression[body.type='BlockStatement'][body.body.length=0]",
    'An error must not be swallowed: handle it, or throw it on.',
  ),
];
const SQL = [
  use(
    "CallExpression[callee.property.name='save']",
    'save() reads before it writes; use insert, update or a guarded statement.',
  ),
];
const ORM = [
  use(
    'MemberExpression[property.name=/^(getRepository|getTreeRepository|createQueryBuilder|createQueryRunner)$/]',
    'Statements live in *.repository.ts, whose methods take a Tx.',
  ),
  use(
    "CallExpression[callee.property.name='query'][callee.object.property.name=/^(dataSource|manager)$/]",
    'Statements live in *.repository.ts, whose methods take a Tx.',
  ),
  use(
    "CallExpression[callee.property.name='query'][callee.object.name=/^(dataSource|manager|tx)$/]",
    'Statements live in *.repository.ts, whose methods take a Tx.',
  ),
];
/** Where statements may stand; everything else passes the DataSource on to inTransaction and no more. */
const SQL_FILES = [
  '**/*.repository.ts',
  '**/*.entity.ts',
  '**/*.data-source.ts',
  'migrations/**/*.ts',
  'libs/shared/src/{db,facts,audit,idempotency,verify,testing}/**/*.ts',
  'libs/shared/src/service.module.ts',
  'libs/shared/src/http/health.controller.ts',
];
const WHOLE_TESTS = [
  use(
    'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(skip|only|todo|failing)$/]',
    'Every test runs and passes.',
  ),
  use('CallExpression[callee.name=/^(xit|xtest|xdescribe|fit|fdescribe)$/]', 'Every test runs and passes.'),
];
const syntax = (...lists) => ({ 'no-restricted-syntax': ['error', ...lists.flat()] });

export default tseslint.config(
  { ignores: ['node_modules', 'dist', '.data', 'coverage', '**/fixtures/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/no-unsafe-function-type': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'no-console': 'error',
      'no-empty': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'], location: 'anywhere' }],
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      'max-params': ['error', 7],
      'max-depth': ['error', 4],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Settings are read in *.config.ts by loadConfig alone.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'node:process', importNames: ['env'] },
            { name: 'process', importNames: ['env'] },
          ],
        },
      ],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'typeorm', allowImportNames: ['DataSource'], message: 'Use Tx and inTransaction of @app/shared.' },
          ],
        },
      ],
      ...syntax(CLOCK, SHAPE, ORM),
    },
  },
  // A migration is mostly the text of its statements.
  { files: ['migrations/**/*.ts'], rules: { 'max-lines-per-function': 'off' } },
  { files: SQL_FILES, rules: { ...syntax(CLOCK, SHAPE), '@typescript-eslint/no-restricted-imports': 'off' } },
  { files: ['**/*.repository.ts'], rules: syntax(CLOCK, SHAPE, SQL) },
  { files: ['libs/shared/src/time/**/*.ts'], rules: syntax(SHAPE, ORM) },
  { files: ['**/*.config.ts', 'libs/shared/src/config/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['**/main.ts', '**/*.cli.ts'], rules: { 'no-console': 'off' } },
  {
    files: SPECS,
    rules: {
      'max-lines': ['error', 800],
      'max-lines-per-function': 'off',
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-restricted-imports': 'off',
      ...syntax(WHOLE_TESTS),
    },
  },
  {
    files: ['tools/**/*.mjs', '*.mjs', '*.cjs', '*.js'],
    extends: [tseslint.configs.base],
    languageOptions: { globals: { ...globals, module: 'writable', require: 'readonly', __dirname: 'readonly' } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-console': 'error',
      'no-empty': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme'], location: 'anywhere' }],
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
    },
  },
);
