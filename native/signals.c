/*
 * Signals are read from a signalfd in the event loop. PIPE is blocked too, so that writing to an ended creator returns EPIPE.
 */
#include "shim.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int signals_open(const int *wanted)
{
    sigset_t set;
    sigemptyset(&set);
    while (*wanted) sigaddset(&set, *wanted++);
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    sigaddset(&set, SIGPIPE);
    if (signals < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0) fail("signalfd", NULL);
    return signals;
}

int signals_next(int signals)
{
    struct signalfd_siginfo got;
    return read(signals, &got, sizeof got) == sizeof got ? (int)got.ssi_signo : 0;
}
