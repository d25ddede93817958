/*
 * attack [@SOCKET] NAME ...: tries one thing of each class of attack, plainly and as the root of a user namespace of its own, and
 * prints `NAME ANSWER ANSWER`. An answer is `ok`, an errno or `killed`; `none` where there is no user namespace. What is
 * tried harms nothing: where success would, it is asked for with arguments that the
 * kernel refuses otherwise than a filter does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static long keyring(void) { return syscall(SYS_add_key, "user", "writ", "x", 1, -2); }
static long bpf(void) {
  union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
  return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr);
}
static long io_uring(void) {
  struct io_uring_params params = {0};
  return syscall(SYS_io_uring_setup, 1, &params);
}
static long raw(void) { return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
static long packet(void) { return socket(AF_PACKET, SOCK_RAW, htons(3)); }
static long nf_tables(void) { return socket(AF_NETLINK, SOCK_RAW, 12); }
static long xfrm(void) { return socket(AF_NETLINK, SOCK_RAW, 6); }
static long x_tables(void) {
  char table[64] = {0};
  int inet = socket(AF_INET, SOCK_DGRAM, 0);
  return inet < 0 ? inet : setsockopt(inet, 0, 64, table, sizeof table);
}
static long alg(void) { return socket(AF_ALG, SOCK_SEQPACKET, 0); }
static long vsock(void) { return socket(AF_VSOCK, SOCK_STREAM, 0); }
static long tipc(void) { return socket(AF_TIPC, SOCK_SEQPACKET, 0); }
static long can(void) { return socket(AF_CAN, SOCK_RAW, 1); }
static long bluetooth(void) { return socket(AF_BLUETOOTH, SOCK_RAW, 1); }
static long dccp(void) { return socket(AF_INET, 6, 33); }
static long userns(void) { return unshare(CLONE_NEWUSER); }
static long mounts(void) { return mount("writ", "/tmp", "tmpfs", 0, ""); }
static long mount_api(void) { return syscall(SYS_fsopen, "tmpfs", 0); }
static long perf(void) {
  struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attr, .config = PERF_COUNT_SW_CPU_CLOCK};
  return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}
static long tracing(void) {
  pid_t child = fork();
  if (child == 0) for (;;) sleep(60);
  long result = ptrace(PTRACE_ATTACH, child, 0, 0);
  int error = errno;
  kill(child, SIGKILL);
  errno = error;
  return result;
}
static long handles(void) {
  union { struct file_handle head; char space[sizeof(struct file_handle) + 128]; } handle = {.head.handle_bytes = 128};
  int mount, root = open("/", O_RDONLY);
  if (name_to_handle_at(AT_FDCWD, "/bin/busybox", &handle.head, &mount, 0)) {
    if (errno != EPERM && errno != ENOSYS) fprintf(stderr, "name_to_handle_at: %m\n");
    memset(&handle, 1, sizeof handle);
    handle.head.handle_bytes = 8;
  }
  return open_by_handle_at(root, &handle.head, O_RDONLY);
}
static long uffd(void) { return syscall(SYS_userfaultfd, 1); } /* for faults of programs alone */
/* A terminal of its own, which it controls: what is typed into it goes no further. */
static long tiocsti(void) {
  int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY), unlocked = 0, number;
  char name[32];
  if (terminal < 0 || ioctl(terminal, TIOCSPTLCK, &unlocked) || ioctl(terminal, TIOCGPTN, &number)) return -1;
  snprintf(name, sizeof name, "/dev/pts/%d", number);
  int end = setsid() < 0 ? -1 : open(name, O_RDWR);
  return end < 0 ? end : ioctl(end, TIOCSTI, "x");
}
/* TIOCLINUX with a subcode that there is none of, on what is no console. */
static long tioclinux(void) { return ioctl(0, TIOCLINUX, "\xff"); }
/* getpid of the 32-bit table */
static long int80(void) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "r8", "r9", "r10", "r11", "memory");
  return result;
}
static long x32(void) { return syscall(0x40000000 + SYS_getpid); }
static long ldt(void) { return syscall(SYS_modify_ldt, 0, NULL, 0); }
static long modules(void) { return syscall(SYS_init_module, NULL, 0, ""); }
static long kexec(void) { return syscall(SYS_kexec_load, 0, 17, NULL, 0xffff0000UL); }
static long restart(void) { return syscall(SYS_reboot, 1, 2, 3, NULL); }
static long clocks(void) { return syscall(SYS_clock_settime, 999, NULL); }
static const char *socket_name = "";
static long abstract(void) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  strncpy(name.sun_path + 1, socket_name, sizeof name.sun_path - 2);
  int end = socket(AF_UNIX, SOCK_STREAM, 0);
  return connect(end, (void *)&name, sizeof name); /* node fills the name with zeros */
}
static long low_port(void) {
  struct sockaddr_in port = {.sin_family = AF_INET, .sin_port = htons(80)};
  return bind(socket(AF_INET, SOCK_STREAM, 0), (void *)&port, sizeof port);
}
static long memory_of_others(void) { return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0); }

static const struct { const char *name; long (*try)(void); } classes[] = {
    {"keyring", keyring}, {"bpf", bpf}, {"io_uring", io_uring}, {"raw", raw}, {"packet", packet},
    {"nf_tables", nf_tables}, {"xfrm", xfrm}, {"x_tables", x_tables}, {"alg", alg}, {"vsock", vsock},
    {"tipc", tipc}, {"can", can}, {"bluetooth", bluetooth}, {"dccp", dccp}, {"userns", userns}, {"mounts", mounts},
    {"mount-api", mount_api}, {"perf", perf}, {"ptrace", tracing}, {"process_vm", memory_of_others},
    {"open_by_handle_at", handles}, {"userfaultfd", uffd}, {"tiocsti", tiocsti}, {"tioclinux", tioclinux},
    {"int80", int80}, {"x32", x32}, {"modify_ldt", ldt}, {"modules", modules}, {"kexec", kexec},
    {"reboot", restart}, {"clocks", clocks}, {"abstract", abstract}, {"low-port", low_port},
};

/* What a child makes of it, so that one that is killed or locked up takes nobody with it. */
static void report(long (*try)(void), int flags) {
  int status;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    if (flags && unshare(flags)) _exit(255);
    _exit(try() < 0 ? errno : 0);
  }
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) fputs(" killed", stdout);
  else if (WEXITSTATUS(status) == 255) fputs(" none", stdout);
  else if (WEXITSTATUS(status) == 0) fputs(" ok", stdout);
  else printf(" %d", WEXITSTATUS(status));
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] == '@') socket_name = argv[i] + 1;
    for (size_t j = 0; j < sizeof classes / sizeof *classes; j++)
      if (strcmp(argv[i], classes[j].name) == 0) {
        fputs(argv[i], stdout);
        report(classes[j].try, 0);
        report(classes[j].try, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET);
        puts("");
      }
  }
  return 0;
}
