/*
 * One attempt to run the workload. Namespaces, root and privileges change in the child only. The shim stays in the host's namespaces,
 * so that it can start the next attempt from scratch (a second unshare of a pid namespace in one process fails).
 */
#include "shim.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/*
 * A workload must not outlive its shim, which stops it and records its status. The kernel clears the parent-death signal when the uid
 * changes, so it is set twice. A parent that ended before shows as POLLERR on the pipe (getppid(2) is always 0 in a new pid namespace);
 * the caller has closed its own read end.
 */
void die_with_parent(int report)
{
    struct pollfd pipe = { .fd = report };
    must_prctl(FOR_DIE_WITH_PARENT, PR_SET_PDEATHSIG, SIGKILL, 0, "PR_SET_PDEATHSIG, SIGKILL");
    if (poll(&pipe, 1, 0) == 1 && pipe.revents & POLLERR) _exit(SHIM_FAILED);
}

static _Noreturn void become_workload(const struct options *o, int report, void (*prepare)(const struct options *o))
{
    record_close();
    control_close();
    failures_to_pipe(report);
    transcript_after_fork();
    die_with_parent(report);
    must_join_session_keyring(FOR_KEYRING);
    for (int i = 0; i < o->cgroups.count; i++) must_join_cgroup(FOR_CGROUP, o->cgroups.list[i]);
    prepare(o);
    limit_privileges(o);
    die_with_parent(report);
    launch(o);
}

struct attempt fork_attempt(const struct options *o, int kinds, void (*prepare)(const struct options *o))
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return (struct attempt){ -1, NO_FD };
    pid_t child = may_clone(FOR_ATTEMPT, kinds);
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

/* True: a failure was read. End-of-file means that execve(2) closed the pipe and the program runs. */
bool read_report(int report, struct failure *f)
{
    ssize_t got;
    do got = read(report, f, sizeof *f); while (got < 0 && errno == EINTR);
    return got == sizeof *f;
}
