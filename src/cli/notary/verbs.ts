/** Every verb of `notary`, one entry each. */
import type { Flag, Flags } from './flags.js';
import type { Verb } from './verb.js';

const publish: Flag = {
  kind: 'bool',
  short: 'p',
  help: 'publish this and what else is staged, at once',
};
const roles = (what: string): Flag => ({ kind: 'strings', short: 'r', help: `delegations to ${what}` });
const custom: Flag = { kind: 'string', help: 'file with JSON that is signed beside the target' };
const output: Flag = { kind: 'string', short: 'o', help: 'file to write to' };
const paths = (what: string): Flags => ({
  paths: { kind: 'strings', help: `beginnings of target names to ${what}` },
  'all-paths': { kind: 'bool', help: `${what} all of them` },
});
const STAGED = 'Nothing is sent: it waits in the trust folder until `publish`, or -p.';

const TUF_VERBS: readonly Verb[] = [
  {
    name: 'init',
    usage: '[ GUN ]',
    summary: 'make a repository in the trust folder',
    description:
      'Makes the keys of a repository and its first root. The server is asked for the key of the timestamp. The repository is there for others once it is published.',
    flags: {
      publish,
      rootcert: { kind: 'string', help: 'file with the certificate of the root key' },
      rootkey: { kind: 'string', help: 'file with the root key, sealed' },
    },
    load: () => import('./verbs/init.js'),
  },
  {
    name: 'add',
    usage: '[ GUN ] <target> <file>',
    summary: 'stage a file as a target',
    description: `Stages a target of the length and hashes of a file. ${STAGED}`,
    flags: { custom, publish, roles: roles('add the target to') },
    load: () => import('./verbs/add.js'),
  },
  {
    name: 'addhash',
    usage: '[ GUN ] <target> <byte size> <hashes>',
    summary: 'stage a target by its length and hashes',
    description: `Stages a target of which only length and hashes are known. ${STAGED}`,
    flags: {
      custom,
      publish,
      roles: roles('add the target to'),
      sha256: { kind: 'string', help: 'SHA-256 in hex' },
      sha512: { kind: 'string', help: 'SHA-512 in hex' },
    },
    load: () => import('./verbs/addhash.js'),
  },
  {
    name: 'remove',
    usage: '[ GUN ] <target>',
    summary: 'stage that a target is taken out',
    description: `Stages that a target is taken out of the repository. ${STAGED}`,
    flags: { publish, roles: roles('take the target out of') },
    load: () => import('./verbs/remove.js'),
  },
  {
    name: 'list',
    usage: '[ GUN ]',
    summary: 'list what is signed',
    description: 'Brings the trust data up to date, verifies it, and lists the targets.',
    flags: { roles: roles('list, before all others') },
    load: () => import('./verbs/list.js'),
  },
  {
    name: 'lookup',
    usage: '[ GUN ] <target>',
    summary: 'show one target',
    description: 'Brings the trust data up to date, verifies it, and shows digest and length of a target.',
    flags: {},
    load: () => import('./verbs/lookup.js'),
  },
  {
    name: 'verify',
    usage: '[ GUN ] <target>',
    summary: 'say whether a file is the target that was signed',
    description:
      'Reads a file, or standard input, and passes it on when it is what was signed. The exit code says so too.',
    flags: {
      input: { kind: 'string', short: 'i', help: 'file to read instead of standard input' },
      output,
      quiet: { kind: 'bool', short: 'q', help: 'pass nothing on' },
    },
    load: () => import('./verbs/verify.js'),
  },
  {
    name: 'status',
    usage: '[ GUN ]',
    summary: 'list what is staged',
    description: 'Lists the changes that wait to be published.',
    flags: {},
    load: () => import('./verbs/status.js'),
  },
  {
    name: 'publish',
    usage: '[ GUN ]',
    summary: 'sign and publish what is staged',
    description: 'Applies what is staged to what the server has now, signs it and publishes it.',
    flags: {},
    load: () => import('./verbs/publish.js'),
  },
  {
    name: 'reset',
    usage: '[ GUN ]',
    summary: 'take back what is staged',
    description: 'Takes back changes that were not published yet.',
    flags: {
      all: { kind: 'bool', help: 'all of them' },
      number: { kind: 'ints', short: 'n', help: 'those of these numbers, as `status` lists them' },
    },
    load: () => import('./verbs/reset.js'),
  },
  {
    name: 'witness',
    usage: '[ GUN ] <role> ...',
    summary: 'stage that roles are signed again',
    description: 'Stages that roles are signed again as they are, with a new version and expiry.',
    flags: { publish },
    load: () => import('./verbs/witness.js'),
  },
  {
    name: 'delete',
    usage: '[ GUN ]',
    summary: 'remove the trust data of a repository',
    description: 'Removes what the trust folder has of a repository, but for its keys.',
    flags: { remote: { kind: 'bool', help: 'delete the repository on the server too' } },
    load: () => import('./verbs/delete.js'),
  },
];

const DELEGATION_VERBS: readonly Verb[] = [
  {
    name: 'delegation add',
    usage: '[ GUN ] [ Role ] <X509 file path 1> ...',
    summary: 'stage keys and beginnings of names for a delegation',
    description: `Stages that the keys of certificates may sign for targets whose names begin so. ${STAGED}`,
    flags: { ...paths('add'), publish },
    load: () => import('./verbs/delegation-add.js'),
  },
  {
    name: 'delegation list',
    usage: '[ GUN ]',
    summary: 'list the delegations',
    description: 'Brings the trust data up to date, verifies it, and lists who may sign for what.',
    flags: {},
    load: () => import('./verbs/delegation-list.js'),
  },
  {
    name: 'delegation remove',
    usage: '[ GUN ] [ Role ] <KeyID 1> ...',
    summary: 'stage that keys or beginnings of names are taken out of a delegation',
    description: `Stages that they are taken out; without any, that the delegation ends. ${STAGED}`,
    flags: {
      ...paths('take out'),
      publish,
      yes: { kind: 'bool', short: 'y', help: 'end it without asking' },
    },
    load: () => import('./verbs/delegation-remove.js'),
  },
  {
    name: 'delegation purge',
    usage: '[ GUN ]',
    summary: 'stage that keys are taken out of all delegations',
    description: `Stages that keys are taken out of every delegation whose parent can be signed here. ${STAGED}`,
    flags: { key: { kind: 'strings', help: 'ids of the keys' }, publish },
    load: () => import('./verbs/delegation-purge.js'),
  },
];

const KEY_VERBS: readonly Verb[] = [
  {
    name: 'key list',
    usage: '',
    summary: 'list the private keys',
    description: 'Lists the private keys of the trust folder. No pass-phrase is needed.',
    flags: {},
    load: () => import('./verbs/key-list.js'),
  },
  {
    name: 'key generate',
    usage: '[ algorithm ]',
    summary: 'make a key',
    description:
      'Makes an ECDSA key in the trust folder; with -o in two files instead: NAME.pem with the public half, NAME-key.pem with the private one, sealed.',
    flags: { output, role: { kind: 'string', short: 'r', help: 'role of the key, root when not given' } },
    load: () => import('./verbs/key-generate.js'),
  },
  {
    name: 'key import',
    usage: 'pemfile [ pemfile ... ]',
    summary: 'bring private keys into the trust folder',
    description: 'Reads every private key of PEM files. One that is not sealed is sealed with a pass-phrase.',
    flags: {
      gun: { kind: 'string', short: 'g', help: 'repository, where a file names none' },
      role: { kind: 'string', short: 'r', help: 'role, where a file names none' },
    },
    load: () => import('./verbs/key-import.js'),
  },
  {
    name: 'key export',
    usage: '',
    summary: 'write private keys, sealed as they are',
    description: 'Writes the private keys of the trust folder as PEM, for `key import` elsewhere.',
    flags: {
      gun: { kind: 'strings', help: 'only those of these repositories' },
      key: { kind: 'strings', help: 'only those of these ids' },
      output,
    },
    load: () => import('./verbs/key-export.js'),
  },
  {
    name: 'key passwd',
    usage: '[ keyID ]',
    summary: 'change the pass-phrase of a key',
    description: 'Opens a key with its pass-phrase and seals it with another.',
    flags: {},
    load: () => import('./verbs/key-passwd.js'),
  },
  {
    name: 'key remove',
    usage: '[ keyID ]',
    summary: 'remove a private key for good',
    description: 'Removes a private key from the trust folder, after asking.',
    flags: {},
    load: () => import('./verbs/key-remove.js'),
  },
  {
    name: 'key rotate',
    usage: '[ GUN ] [ key role ]',
    summary: 'replace the keys of root, targets, snapshot or timestamp',
    description:
      'Gives a role of the root other keys, and publishes that at once and nothing else. With -r the server makes the key: always for timestamp, if wanted for snapshot.',
    flags: {
      key: { kind: 'strings', short: 'k', help: 'files with the new keys; one is made when none is given' },
      legacy: { kind: 'int', short: 'l', help: 'sign the new root with the keys of so many versions before' },
      'server-managed': { kind: 'bool', short: 'r', help: 'the server makes the key and signs' },
    },
    load: () => import('./verbs/key-rotate.js'),
  },
];

const OTHER_VERBS: readonly Verb[] = [
  ...(['bash', 'fish', 'powershell', 'zsh'] as const).map(shell => ({
    name: `completion ${shell}`,
    usage: '',
    summary: `print a completion script for ${shell}`,
    description: `Prints a script that completes the verbs and flags of notary in ${shell}.`,
    flags: { 'no-descriptions': { kind: 'bool', help: 'is accepted; there are none' } } as const,
    load: () =>
      import('./verbs/completion.js').then(({ printFor }) => ({
        run: printFor(shell, VERBS, [...GROUPS.keys()]),
      })),
  })),
  {
    name: 'version',
    usage: '',
    summary: 'print the version',
    description: 'Prints the version of the program.',
    flags: {},
    load: () => import('./verbs/version.js'),
  },
];

export const VERBS: readonly Verb[] = [...TUF_VERBS, ...DELEGATION_VERBS, ...KEY_VERBS, ...OTHER_VERBS];

/** First words that need a second one, and what they are about. */
export const GROUPS: ReadonlyMap<string, string> = new Map([
  ['completion', 'print a completion script for a shell'],
  ['delegation', 'who may sign for which targets'],
  ['key', 'private keys'],
]);
