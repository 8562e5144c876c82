/**
 * The house rules on imports: floors, doorsteps, pure rooms, no circles. A file imports its own floor and the floors below it, and of
 * another context only what lies on its doorstep: the files directly in `src/<context>/`.
 */
const FLOORS = [
  ['calendar', 'platform'],
  ['desk'],
  ['mail'],
  ['identity'],
  ['support-hours'],
  ['customers', 'teams'],
  ['tickets'],
  ['sla'],
  ['escalation'],
  ['webhooks'],
  ['reports'],
  ['desk-file'],
  ['web', 'api'],
  ['cli'],
  ['demo'],
];
/** Arithmetic and rules that tests alone can prove: no framework, no database, no clock, no file. */
const PURE = '^src/(calendar|sla/clock|escalation/chain)/';
const SPEC = '[.]spec[.]ts$';

const floorRules = FLOORS.flatMap((contexts, height) =>
  contexts.map((context) => {
    const above = FLOORS.slice(height)
      .flat()
      .filter((other) => other !== context);
    return {
      name: `floor-of-${context}`,
      comment: `${context}/ imports its own floor and those below. What happens here is announced as a fact, and floors above follow it.`,
      severity: 'error',
      from: { path: `^src/${context}/` },
      to: { path: `^src/(${above.join('|')})/` },
    };
  }),
);

module.exports = {
  forbidden: [
    ...floorRules,
    {
      name: 'every-context-has-a-floor',
      comment: 'A folder in src/ that is on no floor. Give it its place in this list.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${FLOORS.flat().join('|')})/` },
      to: {},
    },
    {
      name: 'doorstep',
      comment: 'Folders inside a context are its private rooms; take what lies on its doorstep.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/[^/]+/[^/]+/', pathNot: ['^src/$1/', '^src/platform/[^/]+/[^/]+$'] },
    },
    {
      name: 'front-doors-stay-on-top',
      comment: 'The files directly in src/ put the house together; what is put together does not know them.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: '^src/(cli|demo)/' },
      to: { path: '^src/[^/]+$' },
    },
    {
      name: 'pure-rooms',
      comment:
        'calendar/, sla/clock/ and escalation/chain/ are arithmetic: besides types they take only each other and Temporal.',
      severity: 'error',
      from: { path: PURE, pathNot: SPEC },
      to: { pathNot: [PURE, '^node_modules/temporal-(polyfill|spec|utils)/'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'code-does-not-import-tests',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: SPEC },
      to: { path: `^test/|${SPEC}` },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'code-runs-without-dev-dependencies',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: SPEC },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
