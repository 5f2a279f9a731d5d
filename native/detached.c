/*
 * Becomes a program that has nothing of this process: fixed words, no environment, no descriptor, the working directory /, a session
 * of its own, and all signals as by default.
 *
 * A shim's environment is the workload's, and a manifest that sets NODE_OPTIONS or LD_PRELOAD must not run anything as root on the host
 * by it.
 */
#include "detached.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

_Noreturn void become_detached(char *const *argv)
{
    static char *const no_environment[] = { NULL };
    sigset_t none;
    /* First of all: an open record would look like a second shim, an open lock like a second supervisor. */
    syscall(SYS_close_range, 0U, ~0U, 0U);
    for (int fd = 0; fd < 3; fd++) open("/dev/null", O_RDWR);
    for (int signal = 1; signal < NSIG; signal++) (void)!sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    if (chdir("/") == 0) execve(argv[0], argv, no_environment);
    _exit(127);
}
