/*
 * pause: the holder. It keeps a pod's namespaces alive by being in them, and reaps what the pod orphans.
 *
 *     pause [NAME]      3: control pipe   4: the pod's `alive` lock, kept open and never touched
 *     pause -v          prints its version
 *
 * Until the word `stay` arrives on 3, end-of-file there means that the creator is gone and the pod will never be whole:
 * a holder that stayed then would keep namespaces that no record knows. The lock on 4 needs no code: it is held by being open.
 */
#include "tiny.h"

#ifndef NSLAB_VERSION
#define NSLAB_VERSION "0.0.0"
#endif

enum status { LEFT = 0, NO_MASK = 1, NO_SIGNALS = 2, NO_POLL = 3, CREATOR_GONE = 4, UNREACHABLE = 42 };

enum { STDOUT = 1, STDERR = 2, CONTROL = 3, NONE = -1 };

/* include/uapi/asm-generic/signal.h, the same on x86 and arm64 */
enum { SIGINT = 2, SIGPIPE = 13, SIGTERM = 15, SIGCHLD = 17, SIG_BLOCK = 0 };
#define BIT(signal) (1UL << ((signal) - 1))

enum { EINTR_ = 4, EAGAIN_ = 11 };                              /* include/uapi/asm-generic/errno-base.h */
enum { POLLIN = 1, POLLOUT = 4 };                               /* include/uapi/asm-generic/poll.h */
enum { SFD_CLOEXEC = 02000000, SFD_NONBLOCK = 04000 };          /* include/uapi/linux/signalfd.h */
enum { WNOHANG = 1 };                                           /* include/uapi/linux/wait.h */
enum { F_GETFD = 1 };                                           /* include/uapi/asm-generic/fcntl.h */
enum { PR_SET_NAME = 15 };                                      /* include/uapi/linux/prctl.h */

struct pollfd { int fd; short events, revents; };               /* include/uapi/asm-generic/poll.h */
struct signalfd_siginfo { unsigned signo; char rest[124]; };    /* include/uapi/linux/signalfd.h */
struct timespec64 { long seconds, nanoseconds; };               /* include/uapi/linux/time_types.h */

static int poll(struct pollfd *set, int count, struct timespec64 *limit)
{
    return (int)kernel(SYS_ppoll, (long)set, count, (long)limit, 0, 0);
}

/* A reader that went away or is slow must not keep a holder from leaving: what cannot be said at once is not said. */
static void say(int fd, const char *text)
{
    struct pollfd ready = { fd, POLLOUT, 0 };
    struct timespec64 at_once = { 0, 0 };
    long length = 0;
    while (text[length]) length++;
    if (poll(&ready, 1, &at_once) == 1) kernel(SYS_write, fd, (long)text, length, 0, 0);
}

static void reap(void)
{
    while (kernel(SYS_wait4, -1, 0, WNOHANG, 0, 0) > 0) continue;
}

/*
 * Signals are blocked and read, not caught: PID 1 of a pid namespace never gets a signal it has no handler for, but a
 * blocked one waits for it; and nothing can arrive between a look and a sleep. PIPE is blocked because a dead reader of our
 * stderr would else turn a clean leave into a death by signal.
 */
static int listen_to_signals(int *signals)
{
    unsigned long wanted = BIT(SIGTERM) | BIT(SIGINT) | BIT(SIGCHLD), blocked = wanted | BIT(SIGPIPE);
    if (kernel(SYS_rt_sigprocmask, SIG_BLOCK, (long)&blocked, 0, sizeof blocked, 0) < 0) return NO_MASK;
    *signals = (int)kernel(SYS_signalfd4, -1, (long)&wanted, sizeof wanted, SFD_CLOEXEC | SFD_NONBLOCK, 0);
    return *signals < 0 ? NO_SIGNALS : LEFT;
}

/* The signal that ends us, or 0. Several CHLD melt into one, so each is answered by reaping until nothing is left. */
static unsigned take_signal(int signals)
{
    struct signalfd_siginfo got;
    if (kernel(SYS_read, signals, (long)&got, sizeof got, 0, 0) != sizeof got) return 0;
    if (got.signo != SIGCHLD) return got.signo;
    reap();
    return 0;
}

/* Takes the word letter by letter: a pipe promises their order, not that they come together. */
static enum { WAITING, STAY, GONE } take_word(int *matched)
{
    static const char word[] = "stay";
    char letter;
    long got = kernel(SYS_read, CONTROL, (long)&letter, 1, 0, 0);
    if (got == -EINTR_ || got == -EAGAIN_) return WAITING;
    if (got <= 0) return GONE;
    *matched = letter == word[*matched] ? *matched + 1 : letter == word[0];
    return word[*matched] ? WAITING : STAY;
}

static int mind(int control, int signals)
{
    int matched = 0;
    for (;;) {
        struct pollfd set[] = { { signals, POLLIN, 0 }, { control, POLLIN, 0 } };
        int ready = poll(set, 2, 0);
        if (ready < 0 && ready != -EINTR_) return NO_POLL;
        if (ready <= 0) continue;

        unsigned signal = set[0].revents ? take_signal(signals) : 0;
        if (signal) {
            say(STDERR, signal == SIGTERM ? "Shutting down, got signal: Terminated\n" : "Shutting down, got signal: Interrupt\n");
            return LEFT;
        }
        if (!set[1].revents) continue;
        switch (take_word(&matched)) {
        case WAITING: break;
        case GONE: return CREATOR_GONE;
        case STAY: kernel(SYS_close, CONTROL, 0, 0, 0, 0); control = NONE;
        }
    }
    return UNREACHABLE;
}

int hold(int argc, char **argv)
{
    if (argc > 1 && argv[1][0] == '-' && argv[1][1] == 'v' && !argv[1][2]) {
        say(STDOUT, "pause " NSLAB_VERSION "\n");
        return LEFT;
    }
    /* Looked at before anything of ours is opened, which would take the number. */
    int control = kernel(SYS_fcntl, CONTROL, F_GETFD, 0, 0, 0) < 0 ? NONE : CONTROL;
    int signals;
    int failed = listen_to_signals(&signals);
    if (failed) return failed;
    /* Started by descriptor, we would be listed under the descriptor's number. */
    kernel(SYS_prctl, PR_SET_NAME, (long)"pause", 0, 0, 0);
    reap();
    return mind(control, signals);
}
