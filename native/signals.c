/*
 * Signals are read like everything else we wait for. PIPE is blocked too: a starter that is gone shows as an error of write.
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
