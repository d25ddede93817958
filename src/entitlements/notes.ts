/** What no filter on numbers and arguments can see; `explain` says it where it matters. */
const POINTER = 'the kernel reads what matters from memory, which a filter cannot see';

export const NOTES: ReadonlyMap<string, readonly string[]> = new Map([
  ['bpf', [POINTER]],
  ['clone3', [`${POINTER}: always ENOSYS, so that programs fall back to clone`]],
  ['connect', ['addresses are in memory, which a filter cannot see: families are decided at socket']],
  [
    'bind',
    ['addresses are in memory, which a filter cannot see: ports are decided by capability and sysctl'],
  ],
  ['io_uring_setup', ['requests on a ring bypass every rule for the single calls']],
  ['open', ['paths are in memory, which a filter cannot see']],
  ['openat', ['paths are in memory, which a filter cannot see']],
  ['openat2', [`${POINTER}: neither path nor flags`]],
  ['setns', ['with nstype 0 the file decides which namespace is entered']],
  ['uprobe', ['x86-64 kernels from 6.14 do not run filters for this number']],
  ['uretprobe', ['x86-64 kernels from 6.11 do not run filters for this number']],
]);
