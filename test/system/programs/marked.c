/*
 * marked: makes calls that the outer filter marks. Reads a 64-bit count, then for each call seven 64-bit words: the gate
 * (0 `syscall`, 1 `int 0x80`), the number, five arguments. Writes a 32-bit word for each: the errno, 0 when the call was
 * made, or minus the signal that ended the child that tried it. Then waits until its input ends.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "magic.h"

#define MOST 65536
struct call { uint64_t gate, number, args[5]; };
static struct call calls[MOST];

static void all(ssize_t (*move)(int, void *, size_t), int file, void *at, size_t size) {
  for (ssize_t done; size > 0; at = (char *)at + done, size -= (size_t)done)
    if ((done = move(file, at, size)) <= 0) _exit(3);
}
static ssize_t put(int file, void *at, size_t size) { return write(file, at, size); }

int main(void) {
  static const unsigned long long none[5];
  uint64_t count;
  all(read, 0, &count, sizeof count);
  if (count > MOST || marked64(SYS_getpid, none) != -MARKED) return 2;
  all(read, 0, calls, count * sizeof *calls);
  struct { uint32_t at; int32_t results[]; } *shared =
      mmap(NULL, 8 + MOST * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 2;
  while (shared->at < count) {
    int status;
    pid_t child = fork();
    if (child < 0) return 2;
    if (child == 0) {
      for (; shared->at < count; shared->at++) {
        struct call *c = &calls[shared->at];
        const unsigned long long *args = (const unsigned long long *)c->args;
        long result = c->gate ? marked32(c->number, args) : marked64(c->number, args);
        shared->results[shared->at] = result < 0 ? (int32_t)-result : 0;
      }
      _exit(0);
    }
    if (waitpid(child, &status, 0) != child) return 2;
    if (WIFSIGNALED(status)) shared->results[shared->at++] = -WTERMSIG(status);
    else if (WEXITSTATUS(status) != 0) return 2;
  }
  all(put, 1, shared->results, count * 4);
  char end;
  return read(0, &end, 1) == 0 ? 0 : 2;
}
