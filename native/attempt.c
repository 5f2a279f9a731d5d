/*
 * One try of the workload. Everything that changes what it sees and may do happens in the child: the shim itself stays
 * where it was born, so it can make the next try from scratch (a second unshare of a pid namespace in one process fails).
 */
#include "shim.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/*
 * A workload without its shim would run on with nobody to stop it or to keep its status. The wish is lost at a change of uid, so it
 * is made twice; and a parent that went before it was made is seen by its end of the pipe (getppid says 0 in a new
 * pid namespace, dead or alive).
 */
static void end_with_parent(int report)
{
    struct pollfd pipe = { .fd = report };
    must_prctl(PR_SET_PDEATHSIG, SIGKILL, 0, "PR_SET_PDEATHSIG, SIGKILL");
    if (poll(&pipe, 1, 0) == 1 && pipe.revents & POLLERR) _exit(BROKEN);
}

static _Noreturn void become_workload(const struct options *o, int report, void (*prepare)(const struct options *o))
{
    record_forget();
    control_close();
    failures_go_to(report);
    diary_forked();
    end_with_parent(report);
    must_have_own_keys();
    for (int i = 0; i < o->cgroups.count; i++) must_join_cgroup(o->cgroups.list[i]);
    prepare(o);
    limit_privileges(o);
    end_with_parent(report);
    launch(o);
}

struct attempt begin_attempt(const struct options *o, int kinds, void (*prepare)(const struct options *o))
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return (struct attempt){ -1, NO_FD };
    pid_t child = may_clone(kinds);
    if (child == 0) {
        close(ends[0]);
        become_workload(o, ends[1], prepare);
    }
    int error = errno;
    close(ends[1]);
    if (child < 0) close(ends[0]);
    errno = error;
    return (struct attempt){ child, child < 0 ? NO_FD : ends[0] };
}

/* Nothing but the end: execve closed the pipe, the workload runs. */
bool read_report(int report, struct failure *f)
{
    ssize_t got;
    do got = read(report, f, sizeof *f); while (got < 0 && errno == EINTR);
    return got == sizeof *f;
}
