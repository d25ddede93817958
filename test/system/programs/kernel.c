/*
 * kernel: the first process of a machine that is asked what its kernel makes of filters; any architecture. Reads /cases, in
 * numbers: how many there are; for each how many instructions and calls, the instructions (`code jt jf k`) and the calls
 * (the number, five arguments). Each call is made with the magic word as its sixth argument behind two filters: one that
 * answers MARKED to that word, so that none is ever made, and the case's. Prints a line `answer CASE CALL RESULT` for each:
 * the errno, 0 when the call was made, or minus the signal that ended who tried it; then `end`, and turns the machine off.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#define MARKED 4000
/* Of 64-bit words where they are that long: their halves are not alike. */
#define MAGIC ((unsigned long)0x77726974504f4245ULL)

enum { INSTRUCTIONS = 4096, CALLS = 65536, CASES = 64 };
struct call { uint32_t number; uint64_t args[5]; };
static struct sock_filter code[INSTRUCTIONS];
static struct call calls[CALLS];
static struct { size_t count; int32_t *results; } cases[CASES];
static struct shared { uint32_t at; int32_t results[CALLS]; } *shared;

static void fail(const char *what) {
  printf("failed: %s: %s\n", what, strerror(errno));
  fflush(stdout);
  reboot(RB_POWER_OFF);
  for (;;) pause();
}

static unsigned long long number(FILE *file) {
  unsigned long long value;
  if (fscanf(file, "%llu", &value) != 1) fail("/cases");
  return value;
}

static void install(struct sock_filter *filter, size_t count) {
  struct sock_fprog program = {(unsigned short)count, filter};
  /* All arguments are given, here and at the end: a marked call leaves the word in its register. */
  if (syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0L, 0L, 0L)) fail("PR_SET_SECCOMP");
}

static void mark(void) {
  const unsigned word = offsetof(struct seccomp_data, args[5]);
  const int is_little = *(const unsigned char *)&(const int){1};
  struct sock_filter outer[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, word + (is_little ? 0 : 4)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)MAGIC, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, word + (is_little ? 4 : 0)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)((uint64_t)MAGIC >> 32), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | MARKED),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  install(outer, sizeof outer / sizeof *outer);
}

static long marked(const struct call *c) {
  const uint64_t *a = c->args;
  return syscall((long)(int)c->number, (long)a[0], (long)a[1], (long)a[2], (long)a[3], (long)a[4], (long)MAGIC);
}

static void child(size_t instructions, size_t count) {
  mark();
  if (marked(&(struct call){SYS_getppid, {0}}) != -1 || errno != MARKED) fail("the outer filter does not hold");
  install(code, instructions);
  for (; shared->at < count; shared->at++) shared->results[shared->at] = marked(&calls[shared->at]) == -1 ? errno : 0;
  syscall(SYS_exit_group, 0L, 0L, 0L, 0L, 0L, 0L);
  __builtin_trap(); /* the filter refuses that too */
}

static void try_case(size_t instructions, size_t count) {
  for (shared->at = 0; shared->at < count;) {
    int status;
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) child(instructions, count);
    if (waitpid(pid, &status, 0) != pid) fail("waitpid");
    if (WIFSIGNALED(status) && shared->at < count) shared->results[shared->at++] = -WTERMSIG(status);
  }
}

int main(void) {
  FILE *file = fopen("/cases", "r");
  if (!file) fail("/cases");
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) fail("mmap");
  size_t total = number(file);
  if (total > CASES) fail("/cases has too many");
  for (size_t i = 0; i < total; i++) {
    size_t instructions = number(file), count = number(file);
    if (instructions > INSTRUCTIONS || count > CALLS) fail("/cases is too large");
    for (size_t j = 0; j < instructions; j++) {
      code[j].code = number(file), code[j].jt = number(file), code[j].jf = number(file), code[j].k = number(file);
    }
    for (size_t j = 0; j < count; j++) {
      calls[j].number = number(file);
      for (int k = 0; k < 5; k++) calls[j].args[k] = number(file);
    }
    try_case(instructions, count);
    cases[i].count = count;
    cases[i].results = malloc((count + 1) * sizeof *cases[i].results);
    if (!cases[i].results) fail("malloc");
    memcpy(cases[i].results, shared->results, count * sizeof *cases[i].results);
  }
  /* What the kernel said while it started is on the console by now, the last line of it perhaps without its end. */
  putchar('\n');
  for (size_t i = 0; i < total; i++)
    for (size_t j = 0; j < cases[i].count; j++) printf("answer %zu %zu %d\n", i, j, (int)cases[i].results[j]);
  printf("end\n");
  fflush(stdout);
  reboot(RB_POWER_OFF);
  fail("reboot");
}
