/*
 * shim exec: runs one command inside and exits with its status. The shim joins the namespaces first (its child is born in the pid
 * namespace), so the program is looked up, and the pty opened, in the workload's mount namespace. With --stage there is no workload to
 * join: the command gets a private root of its own.
 *
 * As after `docker exec`, processes that the command has left behind go on. The shim stays for them, so that `down` finds it by its
 * record (RECORD_FD), and ends them at SIGPWR.
 */
#include "shim.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
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
    if (o->pid != NO_FD && o->mnt == NO_FD && !o->stage) mount_own_proc();
    if (o->tty) terminal_attach(&terminal);
}

static bool has_ended(pid_t child, int *status)
{
    int ended;
    if (waitpid(child, &ended, WNOHANG) != child) return false;
    *status = WIFSIGNALED(ended) ? BY_SIGNAL + WTERMSIG(ended) : WEXITSTATUS(ended);
    return true;
}

/* The creator or the pod has ended: what the command has left behind goes with it. */
static bool is_over;

/* With its process group. The event loop reaps it as usual, and only then is it known what it has left behind. */
static void kill_command(pid_t child)
{
    is_over = true;
    may_kill(FOR_KILL_COMMAND, -child, SIGKILL, "SIGKILL");
}

/* True when the command has ended. Signals other than CHLD, PWR and WINCH are passed on to it. */
static bool read_signals(int signals, pid_t child, int *status)
{
    for (int signal; (signal = signals_next(signals));) {
        if (signal == SIGCHLD && has_ended(child, status)) return true;
        if (signal == SIGPWR) kill_command(child);
        else if (signal == SIGWINCH) terminal_resize(&terminal);
        else if (signal != SIGCHLD) kill(child, signal);
    }
    return false;
}

static int wait_and_handle(int signals, pid_t child)
{
    int status;
    for (;;) {
        struct pollfd set[4] = { { signals, POLLIN, 0 }, { control_fd(), POLLIN, 0 } };
        terminal_poll_set(&terminal, set + 2);
        if (poll(set, 4, -1) < 0) continue;
        if (set[0].revents && read_signals(signals, child, &status)) return status;
        if (set[1].revents && !control_receive()) {
            control_close();
            kill_command(child);
        }
        terminal_relay(&terminal, set + 2);
    }
}

/* Only with a creator that is told the status by a word: a shell waits for the end of the process. */
static void stay_for_descendants(int signals)
{
    struct pollfd set = { signals, POLLIN, 0 };
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++) dup2(null, fd);
    control_close();
    while (reap_descendants(NULL, NULL), has_children()) {
        if (poll(&set, 1, -1) < 0) continue;
        for (int signal; (signal = signals_next(signals));)
            if (signal == SIGPWR) kill_descendants(NULL, NULL);
    }
}

/* Does not return: the parent ends it when it has joined the root, or is ended by `down` before. */
static _Noreturn void build_root(const struct options *o, int report)
{
    struct failure none = { 0 };
    die_with_parent(report);
    record_close();
    control_close();
    failures_to_pipe(report);
    transcript_after_fork();
    enter_private_root(o);
    if (write(report, &none, sizeof none) < 0) _exit(SHIM_FAILED);
    for (;;) pause();
}

/* A child builds the root, because a /proc shows the pid namespace of the process that mounts it. Joined, it is as with --mnt. */
static void join_private_root(const struct options *o)
{
    struct failure failure = { 0 };
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) fail("pipe2", NULL);
    pid_t builder = may_clone(FOR_ROOT_BUILDER, 0);
    if (builder < 0) fail("clone", NULL);
    if (builder == 0) {
        close(ends[0]);
        build_root(o, ends[1]);
    }
    close(ends[1]);
    bool answered = read_report(ends[0], &failure);
    close(ends[0]);
    if (answered && !failure.error) {
        int pidfd = (int)syscall(SYS_pidfd_open, builder, 0);   /* by a path it would have to have its number in this /proc */
        if (pidfd < 0) fail("pidfd_open", NULL);
        must_setns(FOR_JOIN_MNT, pidfd, CLONE_NEWNS);
        close(pidfd);
    }
    if (kill(builder, SIGKILL) < 0) fail("kill", NULL);         /* it ends with this process, and is not waited for */
    while (waitpid(builder, NULL, 0) < 0 && errno == EINTR) continue;
    if (answered && !failure.error) return;
    if (answered) report_failure(&failure);
    exit(answered ? failure.status : SHIM_FAILED);
}

/* The record is written before the creator looks whether the pod still stands: `down` looks for records after it has said that it ends. */
static void wait_for_go(void)
{
    if (!record_hold()) return;
    control_send("ready\n");
    while (control_receive())
        if (control_next_word() == GO) return;
    exit(SHIM_FAILED);
}

int exec_inside(const struct options *o)
{
    static const int wanted[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGPWR, 0 };
    struct failure failure;

    wait_for_go();
    adopt_descendants();
    join_all_namespaces(o);
    if (o->stage) join_private_root(o);
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
    if (is_over) kill_descendants(NULL, NULL);
    if (control_fd() != NO_FD && has_children()) {
        control_send("exited %d 0\n", status);
        stay_for_descendants(signals);
    }
    return status;
}
