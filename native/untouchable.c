/*
 * What is behind /proc/PID/exe of a process of ours must be nothing that a workload can write. A command that begins with
 * "#!/proc/self/exe" makes the kernel run us as the workload's own, with its rights: who in there has opened that link could
 * write the host's shim as soon as none runs, and root would run what he wrote (CVE-2019-5736, of runc). So we run from a copy
 * of the mount that we lie on: of this one file, read-only, and mounted nowhere, so that nobody can make it writable.
 */
#include "shim.h"
#include "kernel.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const char myself[] = "/proc/self/exe";

extern char **environ;

/* A holder is seen by nobody before it is `pause`. */
static bool is_needed(const char *verb)
{
    struct statvfs now;
    return verb && strcmp(verb, "hold") && !(statvfs(myself, &now) == 0 && now.f_flag & ST_RDONLY);
}

/* Before anything is opened that would take the number of what we were given, and before the options are taken apart. */
void run_untouchable(char **argv)
{
    if (is_needed(argv[1])) {
        control_open();
        diary_open();
        int copy = must_open_tree(myself);
        must_make_tree_read_only(copy);
        diary("execveat", diary_now(), 0, "%d, \"\", argv, environ, AT_EMPTY_PATH", copy);
        syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
        fail("execveat", myself);
    }
    /* Started by descriptor, we would be listed under the descriptor's number. */
    prctl(PR_SET_NAME, "shim");
}
