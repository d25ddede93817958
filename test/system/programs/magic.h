/* The word that marks a call of a probe: as its sixth argument, it makes the outer filter answer MARKED. */
#define MAGIC64 0x77726974504f4245ULL
#define MAGIC32 0x77726974U
#define MARKED 4000

/* One call, marked, through the gate for 64-bit programs or through that for 32-bit ones; minus the errno. */
static inline long marked64(unsigned long number, const unsigned long long *a) {
  register long r10 __asm__("r10") = (long)a[3], r8 __asm__("r8") = (long)a[4];
  register long r9 __asm__("r9") = (long)MAGIC64;
  long result;
  /* The word must not stay in its register: the next call would be marked too. */
  __asm__ volatile("syscall\n\txor %%r9d, %%r9d"
                   : "=a"(result), "+r"(r9)
                   : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}

/* To be compiled with -mno-red-zone: it pushes. */
static inline long marked32(unsigned long number, const unsigned long long *a) {
  long result;
  __asm__ volatile("push %%rbp\n\tmov %[magic], %%ebp\n\tint $0x80\n\tpop %%rbp"
                   : "=a"(result)
                   : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4]), [magic] "i"(MAGIC32)
                   : "r8", "r9", "r10", "r11", "memory");
  return result;
}
