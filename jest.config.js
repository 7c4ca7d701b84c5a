const fs = require('node:fs');
const path = require('node:path');
const swc = JSON.parse(fs.readFileSync(path.join(__dirname, '.swcrc'), 'utf8'));
// @swc/jest resolves aliases itself; baseUrl must be absolute there.
const swcJest = { ...swc, $schema: undefined, jsc: { ...swc.jsc, baseUrl: __dirname } };

const project = (displayName, testMatch, extra = {}) => ({
  displayName,
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch,
  transform: { '^.+\\.(ts|js)$': ['@swc/jest', swcJest] },
  // ESM-only packages, which Jest on Node 20 cannot require.
  transformIgnorePatterns: [
    '/node_modules/(?!(jose|content-disposition|glob|minimatch|brace-expansion|path-scurry|lru-cache|minipass|package-json-from-dist|balanced-match|@isaacs)/)',
  ],
  moduleNameMapper: {
    '^@app/(shared|contracts|platforms)$': '<rootDir>/libs/$1/src/index.ts',
    '^@app/(shared|contracts|platforms)/(.*)$': '<rootDir>/libs/$1/src/$2',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.data'],
  setupFilesAfterEnv: ['<rootDir>/test/jest.setup.ts'],
  ...extra,
});

/** Layers in the order in which `npm test` runs them; a file belongs to exactly one by its name. */
module.exports = {
  projects: [
    project('unit', ['<rootDir>/{apps,libs}/**/*.spec.ts', '<rootDir>/test/gates/**/*.spec.ts'], {
      testPathIgnorePatterns: ['/node_modules/', '/conformance/'],
    }),
    project('db', ['<rootDir>/{apps,libs,test}/**/*.db-spec.ts']),
    project('conformance', ['<rootDir>/libs/platforms/src/conformance/**/*.spec.ts']),
    project('api', ['<rootDir>/{apps,test}/**/*.api-spec.ts']),
    project('e2e', ['<rootDir>/test/**/*.e2e-spec.ts']),
  ],
};
