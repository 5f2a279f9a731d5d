/*
 * shim run  OPTIONS -- CMD ARG…     minds one workload: starts it, waits, records, restarts
 * shim exec OPTIONS -- CMD ARG…     runs one command inside and exits with its status
 * shim hold OPTIONS -- PAUSE NAME   gives the holder a mount namespace of its own, then becomes it
 *
 * README.md is the contract.
 */
#include "shim.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* With 0, 1 or 2 closed, the first thing we open would become the workload's standard output. */
static void fill_standard_descriptors(void)
{
    int fd;
    do fd = open("/dev/null", O_RDWR); while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO) close(fd);
}

/*
 * What our starter had open by mistake is not ours: kept for the life of a workload, a lock would stay locked, a pipe would
 * never end, a namespace would never go.
 */
static void close_strangers(const struct options *o)
{
    const int *cgroup = o->cgroups.list;
    const int known[] = {
        o->net, o->ipc, o->uts, o->pid, o->mnt, o->holder, o->report, o->beacon, o->until, cgroup[0], cgroup[1], cgroup[2], cgroup[3],
    };
    unsigned from = 6;
    for (;;) {
        unsigned next = ~0U;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (known[i] >= (int)from && (unsigned)known[i] < next) next = (unsigned)known[i];
        if (next > from) syscall(SYS_close_range, from, next == ~0U ? next : next - 1, 0U);
        if (next == ~0U) return;
        from = next + 1;
    }
}

int main(int argc, char **argv)
{
    static struct options options;

    if (argc == 2 && !strcmp(argv[1], "-v")) return puts("shim " NSLAB_VERSION) < 0;

    run_untouchable(argv);
    control_open();
    fill_standard_descriptors();
    enum verb verb = read_options(&options, argc, argv);
    close_strangers(&options);
    diary_open();
    switch (verb) {
    case RUN: return run(&options);
    case EXEC: return exec_inside(&options);
    case HOLD: become_holder(&options);
    }
    return BROKEN;
}
