/** What no filter on numbers and arguments can see; `explain` says it where it matters. */
const POINTER = 'the kernel reads what matters from memory, which a filter cannot see';
const PATH = 'paths are in memory, which a filter cannot see';
const ADDRESS = 'addresses are in memory, which a filter cannot see';
const PROGRAM = `${PATH}: which program is run is no question for a filter`;

export const NOTES: ReadonlyMap<string, readonly string[]> = new Map([
  ['bind', [`${ADDRESS}: ports are decided by capability and sysctl`]],
  ['bpf', [POINTER]],
  ['clone', ['on s390x the flags are the second argument; questions and rules name them first everywhere']],
  ['clone3', [`${POINTER}: always ENOSYS, so that programs fall back to clone`]],
  ['connect', [`${ADDRESS}: families are decided at socket`]],
  ['execve', [PROGRAM]],
  ['execveat', [PROGRAM]],
  ['io_uring_enter', ['requests on a ring bypass every rule for the single calls']],
  ['io_uring_setup', ['requests on a ring bypass every rule for the single calls']],
  ['ioctl', ['the request is seen, what it points to is not']],
  ['mount', [`${PATH}: neither what is mounted nor where`]],
  ['open', [PATH]],
  ['openat', [PATH]],
  ['openat2', [`${POINTER}: neither path nor flags`]],
  ['sendmsg', [`${ADDRESS}, and so are the files that are passed along`]],
  ['sendto', [ADDRESS]],
  ['setns', ['with nstype 0 the file decides which namespace is entered']],
  ['uprobe', ['x86-64 kernels from 6.14 do not run filters for this number (336): no profile refuses it']],
  ['uretprobe', ['x86-64 kernels from 6.11 do not run filters for this number (335): no profile refuses it']],
]);

/** Calls whose work a ring can do without the call. io_uring_enter(2), IORING_OP_*. */
export const DONE_BY_RINGS: ReadonlySet<string> = new Set([
  ...[
    'accept',
    'accept4',
    'bind',
    'close',
    'connect',
    'epoll_ctl',
    'fallocate',
    'fsetxattr',
    'fsync',
    'ftruncate',
  ],
  ...[
    'futex',
    'getxattr',
    'linkat',
    'listen',
    'madvise',
    'mkdirat',
    'openat',
    'openat2',
    'pipe2',
    'preadv',
    'pwritev',
  ],
  ...[
    'read',
    'readv',
    'recvfrom',
    'recvmsg',
    'renameat2',
    'sendmsg',
    'sendto',
    'setxattr',
    'shutdown',
    'socket',
  ],
  ...['splice', 'statx', 'symlinkat', 'tee', 'unlinkat', 'waitid', 'write', 'writev'],
]);
export const NOTE_OF_RINGS =
  'these grants permit io_uring: a ring does this without the call, whatever the filter says of it';

/** Of a question with arguments that no rule tests. */
export const NOTES_OF_ARGUMENTS =
  'no rule tests all of these arguments: a call that differs in the others only is answered alike';
