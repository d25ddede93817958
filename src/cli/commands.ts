/** Every command of writ: one file and one line each. A file is loaded when its command is run or explained. */
import type { CommandEntry } from './command.js';
import { PROFILE_COMPILE } from './quick-commands.js';

/** `commands` as help and the reference show them together. */
const section = (title: string, commands: readonly CommandEntry[]): CommandEntry[] =>
  commands.map(entry => ({ ...entry, section: title }));

export const COMMANDS: readonly CommandEntry[] = [
  ...section('Images', [
    {
      name: 'sign',
      summary: 'sign what an image is and what it may do',
      load: () => import('./commands/sign.js'),
    },
    {
      name: 'verify',
      summary: 'say what is signed about an image, or why nothing is',
      load: () => import('./commands/verify.js'),
    },
    { name: 'list', summary: 'list what is signed', load: () => import('./commands/list.js') },
    {
      name: 'inspect',
      summary: 'show everything that is signed about an image',
      load: () => import('./commands/inspect.js'),
    },
    {
      name: 'untag',
      summary: 'take back a tag; its digest stays signed',
      load: () => import('./commands/untag.js'),
    },
    {
      name: 'revoke',
      summary: 'take back an image: its digest and the tags that name it',
      load: () => import('./commands/revoke.js'),
    },
    {
      name: 'import',
      summary: 'sign many images in one go, in a role of hash bins',
      load: () => import('./commands/import.js'),
    },
  ]),
  ...section('Profiles', [
    {
      name: 'profile list',
      summary: 'list the rights that can be granted, and the presets',
      load: () => import('./commands/profile-list.js'),
    },
    {
      name: 'profile explain',
      summary: 'say which grants open a system call or a capability, and the smallest change that would',
      load: () => import('./commands/profile-explain.js'),
    },
    {
      name: 'profile fit',
      summary: 'find the least grants that cover what a pod, a config.json or a container asks for',
      load: () => import('./commands/profile-fit.js'),
    },
    { ...PROFILE_COMPILE, load: () => import('./commands/profile-compile.js') },
    {
      name: 'profile diff',
      summary: 'say what differs between two grants, and what follows from that',
      load: () => import('./commands/profile-diff.js'),
    },
    {
      name: 'profile compare',
      summary: 'say which of two seccomp filters permits more, exactly',
      load: () => import('./commands/profile-compare.js'),
    },
    {
      name: 'profile meet',
      summary: 'print the seccomp object that permits what both of two filters do',
      load: () => import('./commands/profile-meet.js'),
    },
    {
      name: 'profile join',
      summary: 'print the seccomp object that permits what either of two filters does',
      load: () => import('./commands/profile-join.js'),
    },
  ]),
  ...section('Repositories', [
    {
      name: 'init',
      summary: 'make a repository: its keys, its root, its place on the service',
      load: () => import('./commands/init.js'),
    },
    {
      name: 'status',
      summary: 'say when the roles of a repository expire, and what waits for signatures',
      load: () => import('./commands/status.js'),
    },
    {
      name: 'resign',
      summary: 'sign a role again as it is, with a new expiry',
      load: () => import('./commands/resign.js'),
    },
    {
      name: 'trust add',
      summary: 'pin the root of a repository',
      load: () => import('./commands/trust-add.js'),
    },
    { name: 'trust list', summary: 'list the pinned roots', load: () => import('./commands/trust-list.js') },
    {
      name: 'trust remove',
      summary: 'forget a pinned root',
      load: () => import('./commands/trust-remove.js'),
    },
  ]),
  ...section('Keys and roots', [
    { name: 'key generate', summary: 'make a signing key', load: () => import('./commands/key-generate.js') },
    {
      name: 'key list',
      summary: 'list the keys of the key store',
      load: () => import('./commands/key-list.js'),
    },
    {
      name: 'key export',
      summary: 'print a public key, or a sealed private one',
      load: () => import('./commands/key-export.js'),
    },
    {
      name: 'key import',
      summary: 'take a key into the key store',
      load: () => import('./commands/key-import.js'),
    },
    {
      name: 'key passwd',
      summary: 'seal a key with another pass-phrase',
      load: () => import('./commands/key-passwd.js'),
    },
    {
      name: 'key remove',
      summary: 'remove a key from the key store',
      load: () => import('./commands/key-remove.js'),
    },
    {
      name: 'root init',
      summary: 'make the first root of a repository, as a file to be signed',
      load: () => import('./commands/root-init.js'),
    },
    {
      name: 'root rotate',
      summary: 'make the next root: other keys, other thresholds, a new expiry',
      load: () => import('./commands/root-rotate.js'),
    },
    {
      name: 'root sign',
      summary: 'sign a root that is a file, after seeing what it changes',
      load: () => import('./commands/root-sign.js'),
    },
    {
      name: 'root show',
      summary: 'show a root that is a file, and whose signatures it has',
      load: () => import('./commands/root-show.js'),
    },
    {
      name: 'root publish',
      summary: 'publish a root that is a file, and make the repository with the first',
      load: () => import('./commands/root-publish.js'),
    },
    {
      name: 'root online',
      summary: 'print the keys of the service, for a root that is made elsewhere',
      load: () => import('./commands/root-online.js'),
    },
  ]),
  ...section('Working together', [
    {
      name: 'delegation add',
      summary: 'let a team sign for some images with keys of its own',
      load: () => import('./commands/delegation-add.js'),
    },
    {
      name: 'delegation list',
      summary: 'list who signs for which images',
      load: () => import('./commands/delegation-list.js'),
    },
    {
      name: 'delegation remove',
      summary: 'end a delegation',
      load: () => import('./commands/delegation-remove.js'),
    },
    {
      name: 'delegation request',
      summary: 'sign the first version of a role that is to be delegated, into a file',
      load: () => import('./commands/delegation-request.js'),
    },
    {
      name: 'delegation bins',
      summary: 'divide a role into hash bins',
      load: () => import('./commands/delegation-bins.js'),
    },
    {
      name: 'proposals',
      summary: 'list what waits for signatures, and what it changes',
      load: () => import('./commands/proposals.js'),
    },
    {
      name: 'approve',
      summary: 'sign a proposal, after seeing what it changes',
      load: () => import('./commands/approve.js'),
    },
    {
      name: 'reject',
      summary: 'close a proposal without publishing it',
      load: () => import('./commands/reject.js'),
    },
  ]),
  ...section('Clusters and nodes', [
    {
      name: 'admit',
      summary: 'decide about a pod as the webhook would',
      load: () => import('./commands/admit.js'),
    },
    {
      name: 'lookup',
      summary: 'ask the service which profile holds an image',
      load: () => import('./commands/lookup.js'),
    },
  ]),
  ...section('Notary and docker trust', [
    {
      name: 'notary',
      summary: 'what `notary` does: sign and verify with a Notary server',
      load: () => import('./commands/notary.js'),
      raw: () => import('./notary/main.js'),
    },
    {
      name: 'docker-trust sign',
      summary: 'sign a tag as `docker trust sign` does',
      load: () => import('./commands/docker-trust-sign.js'),
    },
    {
      name: 'docker-trust revoke',
      summary: 'take back the signatures of a tag, or of all',
      load: () => import('./commands/docker-trust-revoke.js'),
    },
    {
      name: 'docker-trust inspect',
      summary: 'show what is signed of an image, by whom and with which keys',
      load: () => import('./commands/docker-trust-inspect.js'),
    },
    {
      name: 'docker-trust signer add',
      summary: 'let somebody sign images of a repository',
      load: () => import('./commands/docker-trust-signer-add.js'),
    },
    {
      name: 'docker-trust signer remove',
      summary: 'take a signer out of a repository',
      load: () => import('./commands/docker-trust-signer-remove.js'),
    },
    {
      name: 'docker-trust key generate',
      summary: "make a signer's key in docker's trust folder",
      load: () => import('./commands/docker-trust-key-generate.js'),
    },
    {
      name: 'docker-trust key load',
      summary: "put a signer's key into docker's trust folder",
      load: () => import('./commands/docker-trust-key-load.js'),
    },
    {
      name: 'migrate',
      summary: 'take over the repositories of a notary-server',
      load: () => import('./commands/migrate.js'),
    },
  ]),
  ...section('The service', [
    {
      name: 'serve',
      summary: 'serve repositories, the admission webhook and lookups',
      load: () => import('./commands/serve.js'),
    },
    {
      name: 'serve-signer',
      summary: 'hold the online keys in a process of their own',
      load: () => import('./commands/serve-signer.js'),
    },
    {
      name: 'token issue',
      summary: 'issue a token for the write API of a service',
      load: () => import('./commands/token-issue.js'),
    },
    {
      name: 'config print',
      summary: 'print the effective settings and where each comes from',
      load: () => import('./commands/config-print.js'),
    },
  ]),
  ...section('The shell', [
    {
      name: 'completion',
      summary: 'print a completion script for a shell',
      load: () => import('./commands/completion.js'),
    },
  ]),
];
