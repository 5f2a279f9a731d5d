/*
 * What an errand's child does, and how it becomes one: not the shim any more, in the workload's cgroup, in a group of its own.
 */
#include "minder.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Found by the workload's number, which is not free before we have ended; what it shares with the host, we share already. */
static int its_own(pid_t workload, const char *kind, bool is_own)
{
    char path[48];
    if (!is_own) return NO_FD;
    snprintf(path, sizeof path, "/proc/%d/ns/%s", workload, kind);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail("open", path);
    return fd;
}

static struct options as_the_workload(const struct minder *m)
{
    struct options inner = *m->options;
    int fresh = inner.new_kinds;
    inner.net = its_own(m->attempt.child, "net", inner.net != NO_FD || fresh & CLONE_NEWNET);
    inner.ipc = its_own(m->attempt.child, "ipc", inner.ipc != NO_FD || fresh & CLONE_NEWIPC);
    inner.uts = its_own(m->attempt.child, "uts", inner.uts != NO_FD || fresh & CLONE_NEWUTS);
    inner.pid = its_own(m->attempt.child, "pid", inner.pid != NO_FD || fresh & CLONE_NEWPID);
    inner.mnt = its_own(m->attempt.child, "mnt", inner.stage != NULL);
    inner.cgroups.count = 0;                            /* it is born in ours */
    return inner;
}

static void change_nothing(const struct options *o)
{
    (void)o;
}

/* Opened all at once and before the first is joined: afterwards /proc may be another one. */
static int run_inside(const struct minder *m, char **command)
{
    struct options inner = as_the_workload(m);
    struct failure failure;
    int status;
    inner.command = command;
    enter_namespaces(&inner);
    struct attempt attempt = begin_attempt(&inner, 0, change_nothing);
    if (attempt.child < 0) fail("clone", NULL);
    bool failed = read_report(attempt.report, &failure);
    while (waitpid(attempt.child, &status, 0) < 0 && errno == EINTR) continue;
    if (failed) return failure.status;
    return WIFSIGNALED(status) ? BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

static int knock_from_inside(const struct minder *m, const struct errand *e)
{
    int net = its_own(m->attempt.child, "net", m->options->net != NO_FD || m->options->new_kinds & CLONE_NEWNET);
    if (net != NO_FD) must_setns(net, CLONE_NEWNET);
    return knock(e);
}

static int sleep_for(long milliseconds)
{
    return poll(NULL, 0, (int)milliseconds) < 0;
}

/* Ends with the shim; a shim that was gone before the wish was made is not our parent any more. */
static void end_with(pid_t shim)
{
    must_prctl(PR_SET_PDEATHSIG, SIGKILL, 0, "PR_SET_PDEATHSIG, SIGKILL");
    if (getppid() != shim) _exit(BROKEN);
}

/* What it says is for nobody: the workload's output is the workload's alone, and the probe's answer is its status. */
static void say_nothing(void)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(nothing, fd) < 0) _exit(BROKEN);
}

/* The shim's lock, its socket and its beacon must end with the shim, not with what it has sent out. */
static void forget_the_shim(const struct minder *m)
{
    record_forget();
    control_close();
    close(m->signals);
    if (m->options->beacon != NO_FD) close(m->options->beacon);
    diary_forked();
}

static int do_deed(const struct minder *m, const struct errand *e)
{
    switch (e->deed) {
    case EXEC_DEED: return run_inside(m, e->words);
    case TCP_DEED: case HTTP_DEED: return knock_from_inside(m, e);
    case SLEEP_DEED: return sleep_for(e->pause);
    case NO_DEED: break;
    }
    return BROKEN;
}

/* The group is made on both sides: whoever comes first, it is there before anybody needs it. */
pid_t begin_deed(const struct minder *m, const struct errand *e)
{
    pid_t shim = getpid(), child = may_clone(0);
    if (child < 0) return -1;
    setpgid(child, child);
    if (child > 0) return child;
    forget_the_shim(m);
    say_nothing();
    for (int i = 0; i < m->options->cgroups.count; i++) must_join_cgroup(m->options->cgroups.list[i]);
    end_with(shim);
    _exit(do_deed(m, e));
}
