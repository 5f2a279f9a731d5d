/*
 * pause: the holder. It keeps a pod's namespaces alive by being in them, and reaps the pod's orphans.
 *
 *     pause [NAME]      descriptors: CONTROL_FD and ALIVE_FD of descriptors.h
 *     pause -v          prints its version
 *
 * Until it reads the word `stay` from the control pipe, end-of-file there means that the creator has ended and the pod will never be
 * complete: pause exits, so that no namespace stays alive without a record. The lock on ALIVE_FD is held by being open.
 */
#include "descriptors.h"
#include "nolibc.h"

#ifndef NSLAB_VERSION
#define NSLAB_VERSION "0.0.0"
#endif

enum status { EXITED = 0, SIGPROCMASK_FAILED = 1, SIGNALFD_FAILED = 2, POLL_FAILED = 3, CREATOR_GONE = 4 };

/* Prints only what fits at once: a slow reader or none must not delay the exit. */
static void print(int fd, const char *text)
{
    struct pollfd ready = { fd, POLLOUT, 0 };
    if (poll(&ready, 1, 0) == 1) write(fd, text, strlen(text));
}

static void reap_children(void)
{
    while (waitpid(-1, 0, WNOHANG) > 0) continue;
}

/*
 * Signals are blocked and read from a signalfd, because the kernel drops a signal that PID 1 has no handler for, but keeps a blocked
 * one. SIGPIPE is blocked because printing to a closed stderr would kill the process.
 */
static int open_signals(int *signals)
{
    unsigned long wanted = SIGBIT(SIGTERM) | SIGBIT(SIGINT) | SIGBIT(SIGCHLD), blocked = wanted | SIGBIT(SIGPIPE);
    if (sigprocmask(SIG_BLOCK, &blocked) < 0) return SIGPROCMASK_FAILED;
    *signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    return *signals < 0 ? SIGNALFD_FAILED : 0;
}

/* SIGTERM, SIGINT or 0. One SIGCHLD may stand for several children. */
static unsigned read_signal(int signals)
{
    struct signalfd_siginfo info;
    if (read(signals, &info, sizeof info) != sizeof info) return 0;
    if (info.ssi_signo != SIGCHLD) return info.ssi_signo;
    reap_children();
    return 0;
}

/* Reads `stay` byte by byte: a pipe keeps the order of bytes, but may deliver them one at a time. */
static enum { WAIT, STAY, END_OF_FILE } read_control(unsigned *matched)
{
    static const char word[] = "stay";
    char byte;
    long got = read(CONTROL_FD, &byte, 1);
    if (got == -EINTR || got == -EAGAIN) return WAIT;
    if (got <= 0) return END_OF_FILE;
    *matched = byte == word[*matched] ? *matched + 1 : byte == word[0];
    return word[*matched] ? WAIT : STAY;
}

static int wait_for_end(int control, int signals)
{
    unsigned matched = 0;
    for (;;) {
        struct pollfd set[] = { { signals, POLLIN, 0 }, { control, POLLIN, 0 } };
        int ready = poll(set, 2, -1);
        if (ready == -EINTR) continue;
        if (ready < 0) return POLL_FAILED;

        unsigned signal = set[0].revents ? read_signal(signals) : 0;
        if (signal == SIGTERM) return print(STDERR_FILENO, "Shutting down, got signal: Terminated\n"), EXITED;
        if (signal == SIGINT) return print(STDERR_FILENO, "Shutting down, got signal: Interrupt\n"), EXITED;
        if (!set[1].revents) continue;
        switch (read_control(&matched)) {
        case WAIT: break;
        case END_OF_FILE: return CREATOR_GONE;
        case STAY: close(CONTROL_FD); control = -1;
        }
    }
}

int main(int argc, char **argv)
{
    int signals;
    if (argc > 1 && !strcmp(argv[1], "-v")) return print(STDOUT_FILENO, "pause " NSLAB_VERSION "\n"), EXITED;

    /* Before signalfd(2), which would get the number if it is free. Without a control pipe (in a container image) pause just holds. */
    int control = fcntl(CONTROL_FD, F_GETFD) == -EBADF ? -1 : CONTROL_FD;
    int failed = open_signals(&signals);
    if (failed) return failed;
    prctl(PR_SET_NAME, "pause");        /* execveat(2) by descriptor has set it to the descriptor's number */
    reap_children();
    return wait_for_end(control, signals);
}
