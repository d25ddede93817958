/** The names of what formats cannot express. They are stable: admission policies accept them by name. */

/** Name → what is then different from the profile; docs/formats.md is held to this list. */
export const UNEXPRESSED = {
  'ambient-capabilities':
    'granted capabilities have no effect for a user other than 0, because the format cannot hand them on',
  'api-access': 'what stands before an API decides about it, and has to look the grants up',
  'device-files': 'granted device files have to be handed to the engine',
  devices: 'rules of the device cgroup stay what the engine sets',
  'host-paths': 'granted paths of the node have to be mounted by who starts the container',
  'host-ports': 'granted ports of the node have to be published by who starts the container',
  limits: 'some limits of memory, CPU, processes or open files are not set',
  'masked-paths': 'the list of hidden paths stays what the engine has',
  namespaces: 'the container keeps a namespace of its own where the node’s was granted, or shares one',
  'network.namespace':
    'the container has a network namespace with interfaces; its filter still refuses sockets',
  'no-new-privileges': 'set-user-id programs gain privileges although they should not',
  'read-only-root': 'the root file system can be written although it should not',
  'readonly-paths': 'the list of paths under /proc that cannot be written stays what the engine has',
  seccomp: 'there is no filter of system calls, or the engine’s own',
  'seccomp.arguments': 'calls that are permitted for some arguments only are refused whole',
  'seccomp.errno': 'some refused calls answer with another error',
  sysctls: 'kernel settings stay what the node has',
  user: 'the user stays what the image names',
} as const satisfies Record<string, string>;

export type UnexpressedName = keyof typeof UNEXPRESSED;

/** Sorted. */
export const UNEXPRESSED_NAMES = Object.keys(UNEXPRESSED);
