/*
 * Protects the shim's file against CVE-2019-5736 (runc): a workload whose command begins with "#!/proc/self/exe" can open the
 * executable of the process that runs it, and write to it once that has ended. So the shim executes itself from a clone of the mount
 * of this one file: read-only and attached nowhere, so that no process can make it writable again.
 */
#include "shim.h"
#include "syscalls.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const char self[] = "/proc/self/exe";

extern char **environ;

/* `hold` needs no clone: it becomes `pause` before any workload can see it. */
static bool is_needed(const char *verb)
{
    struct statvfs now;
    return verb && strcmp(verb, "hold") && !(statvfs(self, &now) == 0 && now.f_flag & ST_RDONLY);
}

/* Runs first: before a new descriptor could get the number of a passed one, and before the options are parsed in place. */
void ensure_cloned_binary(char **argv)
{
    if (is_needed(argv[1])) {
        control_open();
        transcript_open();
        int clone = must_open_tree(FOR_CLONED_BINARY, self);
        must_set_tree_read_only(FOR_CLONED_BINARY_READ_ONLY, clone);
        transcript_write(FOR_EXECUTE_CLONED_BINARY, "execveat", monotonic_ns(), 0, "%d, \"\", argv, environ, AT_EMPTY_PATH", clone);
        syscall(SYS_execveat, clone, "", argv, environ, AT_EMPTY_PATH);
        fail("execveat", self);
    }
    /* execveat(2) by descriptor sets the name to the descriptor's number. */
    prctl(PR_SET_NAME, "shim");
}
