/** Folders of libs/platforms/src that are not a platform. */
const NO_PLATFORM = 'index\\.ts$|port/|kit/|registry/|conformance/';
/** Where the query API of TypeORM may be used. */
const SQL_FILES = [
  '\\.(repository|entity|data-source)\\.ts$',
  '^libs/shared/src/(db|facts|outbox|idempotency|audit|parked|verify|testing)/',
  // The wiring of the pool, and the question whether the database answers.
  '^libs/shared/src/(service\\.module|http/health\\.controller)\\.ts$',
  '^migrations/',
  '-spec\\.ts$',
  '\\.spec\\.ts$',
  '^test/',
];

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    rule(
      'no-app-to-app',
      'Apps speak to each other over HTTP and facts only.',
      { path: '^apps/(?!all-in-one/)([^/]+)/' },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
    rule(
      'all-in-one-only-mains',
      'The one-process start uses what a process of its own would use.',
      { path: '^apps/all-in-one/' },
      { path: '^apps/', pathNot: ['^apps/all-in-one/', '^apps/(?!simulator/|demo/)[^/]+/src/main\\.ts$'] },
    ),
    rule(
      'libs-never-import-apps',
      'A library does not know who uses it.',
      { path: '^(libs|migrations)/' },
      { path: '^apps/' },
    ),
    rule(
      'libs-order',
      'The order is platforms, contracts, shared: only to the right.',
      { path: '^libs/(shared|contracts)/' },
      { path: '^libs/(contracts|platforms)/', pathNot: '^libs/$1/' },
    ),
    rule(
      'no-simulator-to-adapter',
      'The simulator is written from the sheets alone, else it repeats the mistakes that it should find.',
      { path: '^apps/simulator/' },
      { path: '^libs/(platforms|contracts)/' },
    ),
    rule(
      'no-adapter-to-simulator',
      'An adapter is written from the sheets alone.',
      { path: '^libs/platforms/' },
      { path: '^apps/simulator/' },
    ),
    rule(
      'platform-internals-are-private',
      'A platform is reached through the registry and the port.',
      {
        path: '^(apps|test|migrations|libs/(shared|contracts))/|^libs/platforms/src/(index\\.ts$|port/|kit/|registry/|conformance/)',
      },
      { path: `^libs/platforms/src/(?!${NO_PLATFORM})` },
    ),
    rule(
      'no-platform-to-platform',
      'A platform changes without the others.',
      { path: `^libs/platforms/src/(?!${NO_PLATFORM})([^/]+)/` },
      { path: `^libs/platforms/src/(?!${NO_PLATFORM})`, pathNot: '^libs/platforms/src/$1/' },
    ),
    rule('no-circular', 'Types count as well.', {}, { circular: true }),
    rule(
      'sql-only-in-repositories',
      "Statements live in *.repository.ts; which names of typeorm others may use is the linter's business.",
      { path: '^(apps|libs)/', pathNot: SQL_FILES },
      { path: '^node_modules/pg/' },
    ),
    rule(
      'no-database-in-controllers-and-rules',
      'A controller calls one service; rules are pure.',
      { path: '\\.(controller|dto|rules|errors)\\.ts$', pathNot: SQL_FILES },
      { path: '^node_modules/(typeorm|pg)/' },
    ),
    rule(
      'no-tests-in-production',
      'Production code does not import tests.',
      { path: '^(apps|libs|migrations)/', pathNot: ['\\.spec\\.ts$', '-spec\\.ts$', '/testing/', '/conformance/'] },
      { path: '\\.spec\\.ts$|-spec\\.ts$|^test/' },
    ),
    rule(
      'no-dev-dependency-in-production',
      'What runs in production is a dependency.',
      { path: '^(apps|libs|migrations)/', pathNot: ['\\.spec\\.ts$', '-spec\\.ts$', '/testing/', '/conformance/'] },
      { dependencyTypes: ['npm-dev'], pathNot: '^node_modules/@types/' },
    ),
    rule(
      'not-to-unresolvable',
      'Every import exists.',
      { path: '^(apps|libs|migrations|test)/' },
      { couldNotResolve: true },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.data|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
