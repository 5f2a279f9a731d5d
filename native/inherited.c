/*
 * What a process inherits from whoever has started it, and an engine's workload does not: those of the person who types are not meant
 * for the programs of a pod. SECURITY.md has the whole table. Best effort: a raised priority needs a privilege to be lowered.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_NONE = 0 };       /* include/uapi/linux/ioprio.h */

/* Node raises its own soft limit of open files to the hard one, and what it starts inherits that: select(2) and old programs break. */
static void limit_open_files(unsigned soft)
{
    struct rlimit limit;
    if (soft == 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* As in Docker: who starts a workload may be marked for the out-of-memory killer, or spared by it. Less takes CAP_SYS_RESOURCE. */
static void reset_oom_score(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (write(fd, "0", 1) < 0) errno = 0;
    close(fd);
}

/* The C library has no ioprio_set(2), and musl's sched_setscheduler(3) only fails. */
static void reset_scheduling(void)
{
    static const struct { int priority; } none = { 0 };
    syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &none);
    setpriority(PRIO_PROCESS, 0, 0);
    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_NONE);
    prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0);
}

void reset_inherited(unsigned open_files)
{
    limit_open_files(open_files);
    reset_oom_score();
    reset_scheduling();
    personality(PER_LINUX);
}
