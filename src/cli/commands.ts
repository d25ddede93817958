/** Every command of writ: one file and one line each. A file is loaded when its command is run or explained. */
import type { Command } from './command.js';

export interface CommandEntry {
  /** `sign`, or `profile compile`. */
  readonly name: string;
  /** One line, lower case, no stop at the end. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'profile compile',
    summary: 'compile grants into the profile that the kernel enforces',
    load: () => import('./commands/profile-compile.js'),
  },
  {
    name: 'profile list',
    summary: 'list the rights that can be granted, and the presets',
    load: () => import('./commands/profile-list.js'),
  },
  {
    name: 'profile explain',
    summary: 'say which grants open a system call or a capability',
    load: () => import('./commands/profile-explain.js'),
  },
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
    name: 'token issue',
    summary: 'issue a token for the write API of a service',
    load: () => import('./commands/token-issue.js'),
  },
  {
    name: 'config print',
    summary: 'print the effective settings and where each comes from',
    load: () => import('./commands/config-print.js'),
  },
  {
    name: 'completion',
    summary: 'print a completion script for a shell',
    load: () => import('./commands/completion.js'),
  },
];
