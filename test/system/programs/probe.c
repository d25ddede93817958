/* probe NR [ARG …]: makes one system call and says what came back: `ok` or the errno. Numbers as strtoull reads them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  unsigned long long a[7] = {0};
  for (int i = 1; i < argc && i < 8; i++) a[i - 1] = strtoull(argv[i], NULL, 0);
  long result = syscall((long)a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
  if (result == -1) printf("%d\n", errno);
  else printf("ok\n");
  return 0;
}
