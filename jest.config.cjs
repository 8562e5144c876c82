/** Two kinds of tests: `pure` needs nothing at all, `desk` shares one PostgreSQL that the global set-up starts. */
const common = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['node', 'node-addons', 'require', 'default'] },
  transform: { '\\.(ts|js|mjs)$': '<rootDir>/test/support/jest-transform.cjs' },
  transformIgnorePatterns: [],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
};
const desk = {
  ...common,
  globalSetup: '<rootDir>/test/support/start-postgres.cjs',
  globalTeardown: '<rootDir>/test/support/stop-postgres.cjs',
};

module.exports = {
  // Jest takes this from here alone; a busy machine may take a minute to open a house.
  testTimeout: 180_000,
  projects: [
    { ...common, displayName: 'pure', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    { ...desk, displayName: 'desk', testMatch: ['<rootDir>/test/{contexts,journeys,house}/**/*.spec.ts'] },
    {
      ...desk,
      displayName: 'redis',
      globalSetup: '<rootDir>/test/support/start-redis.cjs',
      globalTeardown: '<rootDir>/test/support/stop-redis.cjs',
      globals: { QUEUE_ON_REDIS: true },
      // The same stories once more, with the queue on Redis, and what only Redis can show.
      testMatch: ['<rootDir>/test/{journeys,redis}/**/*.spec.ts'],
    },
    {
      ...desk,
      displayName: 'dovecot',
      globalSetup: '<rootDir>/test/support/start-dovecot.cjs',
      globalTeardown: '<rootDir>/test/support/stop-dovecot.cjs',
      testMatch: ['<rootDir>/test/dovecot/**/*.spec.ts'],
    },
    { ...desk, displayName: 'browser', testMatch: ['<rootDir>/test/browser/**/*.spec.ts'] },
  ],
};
