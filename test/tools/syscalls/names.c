/* names: prints what this libseccomp calls each number, a line `architecture number name` for each that has a name. */
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>

#define X32_BIT 0x40000000
#define ARM_PRIVATE 0xf0000

static const struct {
  const char *name;
  uint32_t token;
} tables[] = {
    {"amd64", SCMP_ARCH_X86_64},    {"arm", SCMP_ARCH_ARM},     {"arm64", SCMP_ARCH_AARCH64},
    {"i386", SCMP_ARCH_X86},        {"ppc64le", SCMP_ARCH_PPC64LE}, {"riscv64", SCMP_ARCH_RISCV64},
    {"s390x", SCMP_ARCH_S390X},     {"x32", SCMP_ARCH_X32},
};

static void print(int i, int number) {
  char *name = seccomp_syscall_resolve_num_arch(tables[i].token, number);
  if (name) printf("%s %d %s\n", tables[i].name, number, name);
  free(name);
}

int main(void) {
  for (int i = 0; i < (int)(sizeof tables / sizeof *tables); i++) {
    int base = tables[i].token == SCMP_ARCH_X32 ? X32_BIT : 0;
    for (int number = 0; number < 1024; number++) print(i, base + number);
    if (tables[i].token == SCMP_ARCH_ARM)
      for (int number = 0; number < 64; number++) print(i, ARM_PRIVATE + number);
  }
  return 0;
}
