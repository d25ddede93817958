/*
 * limits NAME: does what no filter sees, and prints `ok` or the errno. `socket` makes a socket of AF_INET by its call,
 * `ring` through a ring of io_uring.
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int plain(void) { return socket(AF_INET, SOCK_STREAM, 0); }

static int ring(void) {
  struct io_uring_params p = {0};
  int fd = (int)syscall(SYS_io_uring_setup, 1, &p);
  if (fd < 0) return -1;
  const int shared = MAP_SHARED, both = PROT_READ | PROT_WRITE;
  char *submit = mmap(NULL, p.sq_off.array + 4, both, shared, fd, IORING_OFF_SQ_RING);
  char *done = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), both, shared, fd, IORING_OFF_CQ_RING);
  struct io_uring_sqe *request = mmap(NULL, sizeof *request, both, shared, fd, IORING_OFF_SQES);
  if (submit == MAP_FAILED || done == MAP_FAILED || request == MAP_FAILED) return -1;
  /* IORING_OP_SOCKET: the family is in fd, the type in off, the protocol in len */
  *request = (struct io_uring_sqe){.opcode = 45, .fd = AF_INET, .off = SOCK_STREAM};
  *(unsigned *)(submit + p.sq_off.array) = 0;
  __atomic_store_n((unsigned *)(submit + p.sq_off.tail), 1, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0) return -1;
  int result = ((struct io_uring_cqe *)(done + p.cq_off.cqes))->res;
  if (result < 0) errno = -result;
  return result < 0 ? -1 : result;
}

int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "";
  int result = strcmp(name, "ring") == 0 ? ring() : plain();
  if (result < 0) printf("%d\n", errno);
  else puts("ok");
  return 0;
}
