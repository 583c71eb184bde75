// The rules of the house that a machine can check; ARCHITECTURE.md says why. Run by `npm run architecture`.

/** Each library may use those to its left. */
const line = [
  'common',
  'database',
  'audit',
  'access',
  'idempotency',
  'organizations',
  'webhooks',
  'clients',
  'credentials',
  'keys',
  'tokens',
];

const app = '^apps/auth-server/src';
const http =
  'node_modules/(@nestjs/(swagger|passport|platform-)|@fastify/|fastify/|passport|@types/passport)';
const sql = 'node_modules/(typeorm/|@nestjs/typeorm/|pg/|pg-|@types/pg/)';

const lineRules = line.map((library, position) => ({
  name: `libraries-in-line-${library}`,
  severity: 'error',
  comment: `Libraries form a line and import to the left only: ${line.join(' < ')}.`,
  from: { path: `^libs/${library}/` },
  to: {
    path: '^libs/',
    pathNot: `^libs/(${line.slice(0, position + 1).join('|')})/`,
  },
}));

module.exports = {
  forbidden: [
    ...lineRules,
    {
      name: 'library-not-in-line',
      severity: 'error',
      comment: 'A new library takes its place in the line at the top of this file.',
      from: { path: '^libs/', pathNot: `^libs/(${line.join('|')})/` },
      to: {},
    },
    {
      name: 'library-by-its-index',
      severity: 'error',
      comment:
        'A library is entered by its index.ts alone: #libs/x; the launcher of the embedded PostgreSQL has its own.',
      from: { path: '^(libs/([^/]+)/|apps/|test/|bench/|ormconfig\\.ts)' },
      to: {
        path: '^libs/',
        pathNot: ['^libs/[^/]+/src/index\\.ts$', '^libs/database/src/embedded/index\\.ts$', '^libs/$2/'],
      },
    },
    {
      name: 'libraries-know-no-http',
      severity: 'error',
      comment:
        'The domain is used by several HTTP surfaces and the command line; none of them may show in it.',
      from: { path: '^libs/' },
      to: { path: http },
    },
    {
      name: 'libraries-have-no-controllers',
      severity: 'error',
      comment: 'Controllers, DTOs, guards and filters belong to the application.',
      from: {},
      to: { path: '^libs/.*\\.(controller|dto|guard|filter)\\.ts$' },
    },
    {
      name: 'libraries-know-no-application',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|test|bench)/|^ormconfig\\.ts$' },
    },
    {
      name: 'application-knows-no-sql',
      severity: 'error',
      comment: 'What an application needs of the database is a method of a library.',
      from: { path: '^apps/' },
      to: { path: sql },
    },
    {
      name: 'application-knows-no-tests',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'surface-stands-alone',
      severity: 'error',
      comment:
        'A surface translates between its document and the libraries: no other surface, no native API.',
      from: { path: `${app}/surfaces/([^/]+)/` },
      to: {
        path: '^apps/',
        pathNot: [
          `${app}/surfaces/$1/`,
          `${app}/(security|http|openapi)/`,
          `${app}/oauth/(oauth\\.module|token-answer-extensions)\\.ts$`,
        ],
      },
    },
    {
      name: 'surface-mounted-by-app-module',
      severity: 'error',
      comment: 'A surface can be taken away by one line.',
      from: { path: '^(apps|libs)/', pathNot: [`${app}/app\\.module\\.ts$`, `${app}/surfaces/`] },
      to: { path: `${app}/surfaces/` },
    },
    {
      name: 'surface-knows-no-database',
      severity: 'error',
      from: { path: `${app}/surfaces/` },
      to: { path: '^libs/database/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Under ESM two entities that import each other die at start. Types alone are gone by then.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'A file that nobody imports is dead, unless it is where something starts.',
      from: {
        orphan: true,
        pathNot: [
          '\\.(spec|e2e-spec|faults-spec)\\.ts$',
          `${app}/(main|generate-docs|cli/main)\\.ts$`,
          '^ormconfig\\.ts$',
          '^bench/',
        ],
      },
      to: {},
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      comment: 'An image without devDependencies must start. Types are gone by then.',
      from: { path: '^(apps|libs)/', pathNot: '\\.spec\\.ts$' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/@types/',
      },
    },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      comment: 'Declared in package.json, or it is gone with the next update of what brought it along.',
      from: { path: '^(apps|libs|test|bench)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports that are only types count: they tie two files together for the reader just as well.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
    },
  },
};
