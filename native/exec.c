/*
 * shim exec: runs one command inside and exits with its status. The shim itself goes in first (all but the pid namespace,
 * which is entered by being born there), so the command is found, and its terminal made, where it will live.
 */
#include "shim.h"
#include "kernel.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct terminal terminal = { .master = NO_FD, .slave = NO_FD };

/* In the pod's pid namespace, but among the host's files: its `/proc` would speak of other processes. */
static void mount_own_proc(void)
{
    own_mount_namespace(NULL, NULL);
    must_mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static void prepare(const struct options *o)
{
    setsid();
    if (o->pid != NO_FD && o->mnt == NO_FD) mount_own_proc();
    if (o->tty) terminal_take(&terminal);
}

static bool has_ended(pid_t child, int *status)
{
    int ended;
    if (waitpid(child, &ended, WNOHANG) != child) return false;
    *status = WIFSIGNALED(ended) ? BY_SIGNAL + WTERMSIG(ended) : WEXITSTATUS(ended);
    return true;
}

/* True when the command has ended. What is not about us or the window is passed on. */
static bool hear_signals(int signals, pid_t child, int *status)
{
    for (int signal; (signal = signals_next(signals));) {
        if (signal == SIGCHLD && has_ended(child, status)) return true;
        if (signal == SIGWINCH) terminal_resize(&terminal);
        else if (signal != SIGCHLD) kill(child, signal);
    }
    return false;
}

/*
 * Whoever started us has been killed: the command has nobody left to read it or to stop it. Its own session, and what has left
 * that goes on, as after `docker exec`. Its end is waited for as any other.
 */
static void desert(pid_t child)
{
    control_close();
    may_kill(-child, SIGKILL, "SIGKILL");
}

static int attend(int signals, pid_t child)
{
    int status;
    for (;;) {
        struct pollfd set[4] = { { signals, POLLIN, 0 }, { control_fd(), POLLIN, 0 } };
        terminal_wishes(&terminal, set + 2);
        if (poll(set, 4, -1) < 0) continue;
        if (set[0].revents && hear_signals(signals, child, &status)) return status;
        if (set[1].revents && !control_listen()) desert(child);
        terminal_relay(&terminal, set + 2);
    }
}

int exec_inside(const struct options *o)
{
    static const int wanted[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, 0 };
    struct failure failure;

    enter_namespaces(o);
    if (o->tty) terminal_open(&terminal, o);
    int signals = signals_open(wanted);

    struct attempt attempt = begin_attempt(o, 0, prepare);
    if (attempt.child < 0) fail("clone", NULL);
    if (read_report(attempt.report, &failure)) {
        complain(&failure);
        while (waitpid(attempt.child, NULL, 0) < 0 && errno == EINTR) continue;
        return failure.status;
    }
    control_say("started %d\n", attempt.child);

    if (o->tty) terminal_begin(&terminal);
    int status = attend(signals, attempt.child);
    if (o->tty) terminal_end(&terminal);
    return status;
}
