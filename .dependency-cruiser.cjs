// A room imports only from rooms on lower floors, never across. The roof, files directly in src/, may import any room.
const FLOORS = [
  ['json', 'errors\\.ts', 'error-catalogue'],
  ['crypto'],
  ['tuf', 'entitlements', 'image'],
  ['storage', 'keystore', 'registry', 'transport', 'config'],
  ['repository', 'trust', 'policy', 'access', 'notary'],
  ['admission', 'runtime', 'migrate'],
  ['cli', 'server'],
];
const room = name => (name.includes('\\.') ? `^src/${name}$` : `^src/${name}/`);

const upOrAcross = FLOORS.flatMap((rooms, floor) =>
  rooms.map(name => ({
    name: `${name.replace('\\', '')}-imports-only-from-below`,
    comment: `${name} stands on floor ${floor}: it may import from lower floors and from itself`,
    severity: 'error',
    from: { path: room(name) },
    to: {
      path: '^src/',
      pathNot: [
        room(name),
        ...FLOORS.slice(0, floor).flat().map(room),
        ...(floor === 0 ? FLOORS[0].map(room) : []),
      ],
    },
  })),
);

module.exports = {
  forbidden: [
    ...upOrAcross,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-floors',
      comment: 'floors 0 to 2 do no I/O: ports come in as arguments',
      severity: 'error',
      from: { path: FLOORS.slice(0, 3).flat().map(room) },
      to: {
        path: '^(node:)?(fs|fs/promises|net|http|https|tls|child_process|dgram|dns|worker_threads|os|process|timers)$',
      },
    },
    { name: 'no-test-code', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
    {
      name: 'every-file-has-a-room',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: FLOORS.flat().map(room) },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js'],
    },
    builtInModules: {},
  },
};
