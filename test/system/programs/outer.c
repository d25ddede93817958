/*
 * outer PROGRAM [ARG ...]: answers every call with the magic word as its sixth argument with the errno MARKED instead of
 * making it, for PROGRAM and all that it starts. A filter that is installed later wins where it refuses; so a call that
 * comes back as MARKED is one that the later filter permits, and none is ever made.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "magic.h"

#define LOW offsetof(struct seccomp_data, args[5])
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)

static struct sock_filter code[] = {
    LOAD(offsetof(struct seccomp_data, arch)),
    IF(AUDIT_ARCH_X86_64, 0, 4),
    LOAD(LOW), IF((unsigned)MAGIC64, 0, 8),
    LOAD(LOW + 4), IF((unsigned)(MAGIC64 >> 32), 5, 6),
    IF(AUDIT_ARCH_I386, 0, 5),
    LOAD(LOW), IF(MAGIC32, 0, 3),
    LOAD(LOW + 4), IF(0, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | MARKED),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* Whether a marked getpid comes back as it must. A kernel without the 32-bit gate ends who tries it. */
static int is_safe(void) {
  static const unsigned long long none[5];
  int status;
  if (marked64(SYS_getpid, none) != -MARKED) return 0;
  pid_t child = fork();
  if (child == 0) _exit(marked32(20, none) == -MARKED ? 0 : 1);
  return child > 0 && waitpid(child, &status, 0) == child && (WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv) {
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  struct rlimit no_cores = {0, 0};
  if (argc < 2 || setrlimit(RLIMIT_CORE, &no_cores)) return perror("outer"), 2;
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return perror("PR_SET_SECCOMP"), 2;
  if (!is_safe()) return fputs("the outer filter does not hold\n", stderr), 2;
  execvp(argv[1], argv + 1);
  return perror(argv[1]), 2;
}
