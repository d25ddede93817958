/* What a plain C program does: memory, a thread, a pipe, a child, a file, a unix socket pair. Prints `alive`. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *work(void *memory) {
  memset(memory, 7, 1 << 22);
  return memory;
}

#define MUST(x) do { if (!(x)) { perror(#x); exit(1); } } while (0)

int main(void) {
  pthread_t thread;
  void *memory = malloc(1 << 22), *back;
  MUST(memory && pthread_create(&thread, NULL, work, memory) == 0);
  MUST(pthread_join(thread, &back) == 0 && back == memory);
  MUST((memory = realloc(memory, 1 << 24)) != NULL);
  int pair[2], ends[2], status;
  char byte;
  MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 && pipe(ends) == 0);
  pid_t child = fork();
  MUST(child >= 0);
  if (child == 0) _exit(send(pair[1], "x", 1, 0) == 1 && write(ends[1], "y", 1) == 1 ? 5 : 6);
  MUST(recv(pair[0], &byte, 1, 0) == 1 && byte == 'x' && read(ends[0], &byte, 1) == 1 && byte == 'y');
  MUST(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5);
  struct stat info;
  struct timespec nap = {0, 1000};
  int file = open("/proc/self/stat", O_RDONLY);
  MUST(file >= 0 && fstat(file, &info) == 0 && stat("/bin", &info) == 0 && nanosleep(&nap, NULL) == 0);
  puts("alive");
  return 0;
}
