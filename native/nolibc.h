/*
 * The system calls of `pause` without a C library, under their usual names. (tools/include/nolibc in the kernel's source is the same
 * idea.) A static glibc costs 700 kB of memory for a program that does nothing, and every pod has a holder; this costs
 * two to four pages, depending on where the kernel puts the stack.
 *
 * A failed call returns the negated errno: a variable `errno` would cost one more page in each holder. On an architecture without
 * an entry here, pause is linked against the C library and goes through syscall(2); it is larger and behaves the same.
 */
#ifndef NOLIBC_H
#define NOLIBC_H

#include <errno.h>
#include <sys/syscall.h>

#if defined(__x86_64__)

static inline long system_call(long number, long a, long b, long c, long d, long e)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
    return number;
}

/* A process starts with argc, argv and the environment on its stack and without a return address; 231 is exit_group. */
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov (%rsp), %rdi\n\tlea 8(%rsp), %rsi\n\tand $-16, %rsp\n\tcall main\n"
        "\tmov %eax, %edi\n\tmov $231, %eax\n\tsyscall\n");

#elif defined(__aarch64__)

static inline long system_call(long number, long a, long b, long c, long d, long e)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
}

/* As above; 94 is exit_group. */
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tldr x0, [sp]\n\tadd x1, sp, #8\n\tmov x9, sp\n\tand sp, x9, #-16\n\tbl main\n"
        "\tmov x8, #94\n\tsvc #0\n");

#else

long syscall(long number, ...);

static inline long system_call(long number, long a, long b, long c, long d, long e)
{
    long result = syscall(number, a, b, c, d, e);
    return result == -1 ? -errno : result;
}

#endif

enum { STDOUT_FILENO = 1, STDERR_FILENO = 2 };
enum { SIGINT = 2, SIGPIPE = 13, SIGTERM = 15, SIGCHLD = 17, SIG_BLOCK = 0 };    /* include/uapi/asm-generic/signal.h */
enum { POLLIN = 1, POLLOUT = 4 };                               /* include/uapi/asm-generic/poll.h */
enum { SFD_CLOEXEC = 02000000, SFD_NONBLOCK = 04000 };          /* include/uapi/linux/signalfd.h */
enum { WNOHANG = 1 };                                           /* include/uapi/linux/wait.h */
enum { F_GETFD = 1 };                                           /* include/uapi/asm-generic/fcntl.h */
enum { PR_SET_NAME = 15 };                                      /* include/uapi/linux/prctl.h */

struct pollfd { int fd; short events, revents; };               /* include/uapi/asm-generic/poll.h */
struct signalfd_siginfo { unsigned ssi_signo; char rest[124]; };        /* include/uapi/linux/signalfd.h */

/* A set of signals is one word, as the kernel has it. */
#define SIGBIT(signal) (1UL << ((signal) - 1))

static inline long read(int fd, void *buffer, unsigned long size)
{
    return system_call(SYS_read, fd, (long)buffer, (long)size, 0, 0);
}

static inline long write(int fd, const void *buffer, unsigned long size)
{
    return system_call(SYS_write, fd, (long)buffer, (long)size, 0, 0);
}

static inline int close(int fd)
{
    return (int)system_call(SYS_close, fd, 0, 0, 0, 0);
}

static inline int fcntl(int fd, int command)
{
    return (int)system_call(SYS_fcntl, fd, command, 0, 0, 0);
}

/* Through ppoll(2), because arm64 has no poll(2). */
static inline int poll(struct pollfd *set, unsigned long count, int milliseconds)
{
    struct { long seconds, nanoseconds; } limit = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
    return (int)system_call(SYS_ppoll, (long)set, (long)count, milliseconds < 0 ? 0 : (long)&limit, 0, 0);
}

static inline int waitpid(int pid, int *status, int options)
{
    return (int)system_call(SYS_wait4, pid, (long)status, options, 0, 0);
}

static inline int sigprocmask(int how, const unsigned long *set)
{
    return (int)system_call(SYS_rt_sigprocmask, how, (long)set, 0, sizeof *set, 0);
}

static inline int signalfd(int fd, const unsigned long *set, int flags)
{
    return (int)system_call(SYS_signalfd4, fd, (long)set, sizeof *set, flags, 0);
}

static inline int prctl(int option, const char *argument)
{
    return (int)system_call(SYS_prctl, option, (long)argument, 0, 0, 0);
}

static inline unsigned long strlen(const char *text)
{
    unsigned long length = 0;
    while (text[length]) length++;
    return length;
}

static inline int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

#endif
