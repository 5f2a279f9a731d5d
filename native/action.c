/*
 * Runs a handler's action in a child of the shim: in the workload's cgroups, in a process group of its own, without the shim's
 * descriptors.
 */
#include "monitor.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* By the workload's pid, which is not reused before its handlers have ended. Namespaces shared with the host need no setns. */
static int open_own_namespace(pid_t workload, const char *kind, bool is_own)
{
    char path[48];
    if (!is_own) return NO_FD;
    snprintf(path, sizeof path, "/proc/%d/ns/%s", workload, kind);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail("open", path);
    return fd;
}

/* All namespaces are opened before the first is joined: afterwards /proc may be another one. */
static struct options options_inside(const struct monitor *m)
{
    struct options inner = *m->options;
    int new_kinds = inner.new_kinds;
    inner.net = open_own_namespace(m->attempt.child, "net", inner.net != NO_FD || new_kinds & CLONE_NEWNET);
    inner.ipc = open_own_namespace(m->attempt.child, "ipc", inner.ipc != NO_FD || new_kinds & CLONE_NEWIPC);
    inner.uts = open_own_namespace(m->attempt.child, "uts", inner.uts != NO_FD || new_kinds & CLONE_NEWUTS);
    inner.pid = open_own_namespace(m->attempt.child, "pid", inner.pid != NO_FD || new_kinds & CLONE_NEWPID);
    inner.mnt = open_own_namespace(m->attempt.child, "mnt", inner.stage != NULL);
    inner.cgroups.count = 0;                            /* the command is born in this process's cgroups */
    return inner;
}

static void prepare_nothing(const struct options *o)
{
    (void)o;
}

static int exec_action(const struct monitor *m, char **command)
{
    struct options inner = options_inside(m);
    struct failure failure;
    int status;
    inner.command = command;
    join_all_namespaces(&inner);
    struct attempt attempt = fork_attempt(&inner, 0, prepare_nothing);
    if (attempt.child < 0) fail("clone", NULL);
    bool failed = read_report(attempt.report, &failure);
    while (waitpid(attempt.child, &status, 0) < 0 && errno == EINTR) continue;
    if (failed) return failure.status;
    return WIFSIGNALED(status) ? BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

static int network_action_inside(const struct monitor *m, const struct handler *h)
{
    int net = open_own_namespace(m->attempt.child, "net", m->options->net != NO_FD || m->options->new_kinds & CLONE_NEWNET);
    if (net != NO_FD) must_setns(FOR_HANDLER_NET, net, CLONE_NEWNET);
    return network_action(h);
}

static int sleep_action(int64_t milliseconds)
{
    struct timespec time = { .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000 };
    return nanosleep(&time, NULL) < 0;
}

/* If the parent ended before prctl(2) took effect, this process has another one by now. */
void die_with(pid_t parent)
{
    must_prctl(FOR_DIE_WITH_PARENT, PR_SET_PDEATHSIG, SIGKILL, 0, "PR_SET_PDEATHSIG, SIGKILL");
    if (getppid() != parent) _exit(SHIM_FAILED);
}

/* Only the exit status of a handler counts; the workload's log takes the workload's output alone. */
static void redirect_to_dev_null(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(null, fd) < 0) _exit(SHIM_FAILED);
}

/* The record's lock, the control socket, the --hold-open pipe and the Job's fifos must close with the shim, not with its last handler. */
static void close_shim_descriptors(const struct monitor *m)
{
    record_close();
    control_close();
    close(m->signals);
    if (m->options->hold_open != NO_FD) close(m->options->hold_open);
    if (m->options->turn != NO_FD) close(m->options->turn);
    if (m->options->job_failed != NO_FD) close(m->options->job_failed);
    transcript_after_fork();
}

static int do_action(const struct monitor *m, const struct handler *h)
{
    switch (h->action) {
    case EXEC_ACTION: return exec_action(m, h->words);
    case TCP_ACTION: case HTTP_ACTION: case GRPC_ACTION: return network_action_inside(m, h);
    case SLEEP_ACTION: return sleep_action(h->sleep);
    case NO_ACTION: break;
    }
    return SHIM_FAILED;
}

/* Parent and child both call setpgid(2), so the group exists whichever runs first. */
pid_t start_action(const struct monitor *m, const struct handler *h)
{
    pid_t shim = getpid(), child = may_clone(FOR_START_HANDLER, 0);
    if (child < 0) return -1;
    setpgid(child, child);
    if (child > 0) return child;
    close_shim_descriptors(m);
    redirect_to_dev_null();
    for (int i = 0; i < m->options->cgroups.count; i++) must_join_cgroup(FOR_CGROUP, m->options->cgroups.list[i]);
    die_with(shim);
    _exit(do_action(m, h));
}
