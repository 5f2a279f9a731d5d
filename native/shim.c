/*
 * shim run  OPTIONS -- CMD ARG…     monitors one workload: starts it, waits, records, restarts
 * shim exec OPTIONS -- CMD ARG…     runs one command inside and exits with its status
 * shim hold OPTIONS -- PAUSE NAME   gives the holder a mount namespace of its own, then executes PAUSE
 *
 * README.md describes options, descriptors and protocol.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* With 0, 1 or 2 closed, the next file to be opened would become the workload's standard output. */
static void fill_standard_descriptors(void)
{
    int fd;
    do fd = open("/dev/null", O_RDWR); while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO) close(fd);
}

/*
 * Closes descriptors that the creator leaked. Open for the life of a workload, they would keep a lock held, a pipe without
 * end-of-file, or a namespace alive.
 */
static void close_unknown_descriptors(const struct options *o)
{
    const int *cgroup = o->cgroups.list;
    const int known[] = {
        o->net, o->ipc, o->uts, o->pid, o->mnt, o->holder, o->report, o->hold_open, o->stop_pipe, cgroup[0], cgroup[1], cgroup[2], cgroup[3],
    };
    unsigned from = FIRST_PASSED_FD;
    for (;;) {
        unsigned next = ~0U;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (known[i] >= (int)from && (unsigned)known[i] < next) next = (unsigned)known[i];
        if (next > from) syscall(SYS_close_range, from, next == ~0U ? next : next - 1, 0U);
        if (next == ~0U) return;
        from = next + 1;
    }
}

/* Node raises its own soft limit of open files to the hard one, and what it starts inherits that: select(2) and old programs break. */
static void limit_open_files(unsigned soft)
{
    struct rlimit limit;
    if (soft == 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* As in Docker: who starts a workload may be marked for the out-of-memory killer, or spared by it, and a workload inherits that. */
static void reset_oom_score(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (write(fd, "0", 1) < 0) errno = 0;       /* Less than it ever was takes CAP_SYS_RESOURCE. */
    close(fd);
}

int main(int argc, char **argv)
{
    static struct options options;

    if (argc == 2 && !strcmp(argv[1], "-v")) return puts("shim " NSLAB_VERSION) < 0;

    ensure_cloned_binary(argv);
    control_open();
    fill_standard_descriptors();
    enum verb verb = read_options(&options, argc, argv);
    close_unknown_descriptors(&options);
    transcript_open();
    limit_open_files(options.open_files);
    reset_oom_score();
    switch (verb) {
    case RUN: return run(&options);
    case EXEC: return exec_inside(&options);
    case HOLD: become_holder(&options);
    }
    return SHIM_FAILED;
}
