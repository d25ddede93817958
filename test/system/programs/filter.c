/* filter PID [INDEX]: prints a seccomp filter of a process, 0 its first, one instruction `code jt jf k` a line. */
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int main(int argc, char **argv) {
  static struct sock_filter code[4096];
  int pid = argc > 1 ? atoi(argv[1]) : 0, status;
  long index = argc > 2 ? atol(argv[2]) : 0;
  if (ptrace(PTRACE_SEIZE, pid, 0, 0) || ptrace(PTRACE_INTERRUPT, pid, 0, 0)) return perror("ptrace"), 1;
  waitpid(pid, &status, __WALL);
  long count = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, (void *)index, code);
  if (count < 0) return perror("PTRACE_SECCOMP_GET_FILTER"), 1;
  for (long i = 0; i < count; i++) printf("%u %u %u %u\n", code[i].code, code[i].jt, code[i].jf, code[i].k);
  return 0;
}
