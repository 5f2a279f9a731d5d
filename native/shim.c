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
        o->net, o->ipc, o->uts, o->pid, o->mnt, o->holder, o->report, o->hold_open, o->stop_pipe, o->turn,
        o->job_failures, o->job_failed,
        cgroup[0], cgroup[1], cgroup[2], cgroup[3],
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

int main(int argc, char **argv)
{
    static struct options options;

    if (argc == 2 && !strcmp(argv[1], "-v")) return puts("shim " NSLAB_VERSION) < 0;

    ensure_cloned_binary(argv);
    decode_escaped(&argc, argv);
    control_open();
    fill_standard_descriptors();
    enum verb verb = read_options(&options, argc, argv);
    close_unknown_descriptors(&options);
    transcript_open();
    reset_inherited(options.open_files);
    switch (verb) {
    case RUN:
        if (options.open_stdin) open_standard_input();
        return run(&options);
    case EXEC: return exec_inside(&options);
    case HOLD: become_holder(&options);
    }
    return SHIM_FAILED;
}
