/* Makes filters with libseccomp, as runtimes do, and prints the program of each: one process for any number of them.
   Input, a line each, numbers in hexadecimal, operators those of enum scmp_compare:
     f ACTION ARCH...                       a filter: its default and its architectures (AUDIT_ARCH_*), no other
     r ACTION NAME [INDEX OP A B]...        a rule; a name that is not known is left out
     e                                      the end of the filter
     .                                      what was made is to be seen now
   Output for each filter: its number of instructions as 32 bits, and they; or a negative number, the error. */
#define _GNU_SOURCE
#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static scmp_filter_ctx filter;
static int failure, output;

static void say(const void *bytes, size_t length) {
  if (fwrite(bytes, 1, length, stdout) != length) exit(1);
}

static void begin(char *at) {
  filter = seccomp_init((uint32_t)strtoul(at, &at, 16));
  failure = filter ? 0 : -EINVAL;
  uint32_t tokens[8];
  int count = 0, keeps = 0;
  for (char *arch = strtok(at, " \n"); arch && count < 8; arch = strtok(NULL, " \n")) {
    tokens[count] = (uint32_t)strtoul(arch, NULL, 16);
    if (tokens[count++] == seccomp_arch_native()) keeps = 1;
  }
  /* First: architectures of another byte order cannot be added beside it. */
  if (!keeps && !failure) failure = seccomp_arch_remove(filter, seccomp_arch_native());
  for (int i = 0; i < count && !failure; i++) {
    int error = seccomp_arch_add(filter, tokens[i]);
    if (error && error != -EEXIST) failure = error;
  }
}

static void rule(char *at) {
  struct scmp_arg_cmp tests[6];
  unsigned count = 0;
  uint32_t action = (uint32_t)strtoul(strtok(at, " \n"), NULL, 16);
  int number = seccomp_syscall_resolve_name(strtok(NULL, " \n"));
  if (number == __NR_SCMP_ERROR || failure) return;
  for (char *index = strtok(NULL, " \n"); index && count < 6; index = strtok(NULL, " \n")) {
    struct scmp_arg_cmp *test = &tests[count++];
    test->arg = (unsigned)strtoul(index, NULL, 16);
    test->op = (enum scmp_compare)strtoul(strtok(NULL, " \n"), NULL, 16);
    test->datum_a = strtoull(strtok(NULL, " \n"), NULL, 16);
    test->datum_b = strtoull(strtok(NULL, " \n"), NULL, 16);
  }
  int error = seccomp_rule_add_array(filter, action, number, count, tests);
  if (error) failure = error;
}

static void end(void) {
  static char program[8 * 65536];
  ssize_t length = 0;
  if (!failure && ftruncate(output, 0) == 0 && lseek(output, 0, SEEK_SET) == 0) {
    failure = seccomp_export_bpf(filter, output);
    length = pread(output, program, sizeof program, 0);
  }
  int32_t count = failure ? failure : (int32_t)(length / 8);
  say(&count, sizeof count);
  if (count > 0) say(program, (size_t)length);
  if (filter) seccomp_release(filter);
  filter = NULL;
}

int main(void) {
  char *line = NULL;
  size_t room = 0;
  output = memfd_create("filter", 0);
  while (getline(&line, &room, stdin) > 0) {
    if (line[0] == 'f') begin(line + 1);
    else if (line[0] == 'r') rule(line + 1);
    else if (line[0] == 'e') end();
    else if (line[0] == '.') fflush(stdout);
  }
  return fflush(stdout);
}
