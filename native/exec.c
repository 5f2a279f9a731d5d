/*
 * shim exec: runs one command inside and exits with its status. The shim joins the namespaces first (its child is born in the pid
 * namespace), so the program is looked up, and the pty opened, in the workload's mount namespace.
 */
#include "shim.h"
#include "syscalls.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct terminal terminal = { .master = NO_FD, .slave = NO_FD };

/* In the pod's pid namespace but with the host's files, /proc would show the host's processes. */
static void mount_own_proc(void)
{
    unshare_mount_namespace(NULL, NULL);
    must_mount(FOR_EXEC_PROC, "proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static void prepare(const struct options *o)
{
    setsid();
    if (o->pid != NO_FD && o->mnt == NO_FD) mount_own_proc();
    if (o->tty) terminal_attach(&terminal);
}

static bool has_ended(pid_t child, int *status)
{
    int ended;
    if (waitpid(child, &ended, WNOHANG) != child) return false;
    *status = WIFSIGNALED(ended) ? BY_SIGNAL + WTERMSIG(ended) : WEXITSTATUS(ended);
    return true;
}

/* True when the command has ended. Signals other than CHLD and WINCH are passed on to it. */
static bool read_signals(int signals, pid_t child, int *status)
{
    for (int signal; (signal = signals_next(signals));) {
        if (signal == SIGCHLD && has_ended(child, status)) return true;
        if (signal == SIGWINCH) terminal_resize(&terminal);
        else if (signal != SIGCHLD) kill(child, signal);
    }
    return false;
}

/*
 * The creator has ended, so the command is killed with its process group. Processes that left that group go on, as after
 * `docker exec`. The event loop reaps the command as usual.
 */
static void kill_command(pid_t child)
{
    control_close();
    may_kill(FOR_KILL_COMMAND, -child, SIGKILL, "SIGKILL");
}

static int wait_and_handle(int signals, pid_t child)
{
    int status;
    for (;;) {
        struct pollfd set[4] = { { signals, POLLIN, 0 }, { control_fd(), POLLIN, 0 } };
        terminal_poll_set(&terminal, set + 2);
        if (poll(set, 4, -1) < 0) continue;
        if (set[0].revents && read_signals(signals, child, &status)) return status;
        if (set[1].revents && !control_receive()) kill_command(child);
        terminal_relay(&terminal, set + 2);
    }
}

int exec_inside(const struct options *o)
{
    static const int wanted[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, 0 };
    struct failure failure;

    join_all_namespaces(o);
    if (o->tty) terminal_open(&terminal, o);
    int signals = signals_open(wanted);

    struct attempt attempt = fork_attempt(o, 0, prepare);
    if (attempt.child < 0) fail("clone", NULL);
    if (read_report(attempt.report, &failure)) {
        report_failure(&failure);
        while (waitpid(attempt.child, NULL, 0) < 0 && errno == EINTR) continue;
        return failure.status;
    }
    control_send("started %d\n", attempt.child);

    if (o->tty) terminal_begin(&terminal);
    int status = wait_and_handle(signals, attempt.child);
    if (o->tty) terminal_end(&terminal);
    return status;
}
