/*
 * The kernel's own calling convention, for a program that needs no C library.
 *
 * A holder lives as long as its pod, and there is one in every pod: what it keeps in memory is paid for again and again.
 * A static glibc costs 700 kB for a program that does nothing; this costs three pages. On an architecture that is not
 * spelled out here the same program is linked against the C library: bigger, not different.
 */
#ifndef TINY_H
#define TINY_H

#include <sys/syscall.h>

#if defined(__x86_64__)

static inline long kernel(long number, long a, long b, long c, long d, long e)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
    return number;
}

/* At its first instruction a process has argc, argv and the environment on its stack, and no return address. */
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin\n");

#elif defined(__aarch64__)

static inline long kernel(long number, long a, long b, long c, long d, long e)
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

__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, sp\n\tand sp, x0, #-16\n\tbl begin\n");

#else
#define WITH_LIBC

#include <errno.h>
#include <unistd.h>

static inline long kernel(long number, long a, long b, long c, long d, long e)
{
    long result = syscall(number, a, b, c, d, e);
    return result == -1 ? -errno : result;
}

#endif

int hold(int argc, char **argv);

#ifdef WITH_LIBC
int main(int argc, char **argv) { return hold(argc, argv); }
#else
__attribute__((used, noreturn)) static void begin(long *stack)
{
    long status = hold((int)stack[0], (char **)(stack + 1));
    for (;;) kernel(SYS_exit_group, status, 0, 0, 0, 0);
}
#endif

#endif
