/*
 * shim hold: gives the holder a mount namespace with only the pod's shared memory and memory volumes, then executes `pause`. A holder
 * with copies of the host's mounts would keep each of those file systems busy for as long as the pod lives.
 */
#include "shim.h"
#include "syscalls.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void mount_at(enum purpose purpose, const char *stage, const char *mount_point, unsigned long flags, const char *data)
{
    char target[PATH_MAX];
    resolve_in_root(stage, mount_point, DIRECTORY, target);
    must_mount(purpose, "tmpfs", target, "tmpfs", flags, data);
}

/* A root, and on it what the workloads share. As in Kubernetes, programs may run from a volume and not from shared memory. */
static void mount_holder_root(const struct options *o)
{
    char mount_point[NAME_MAX + 16];
    must_mount(FOR_HOLDER_ROOT, "tmpfs", o->stage, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=64k");
    if (o->shm_size) mount_at(FOR_HOLDER_SHM, o->stage, "/shm", MS_NOSUID | MS_NODEV | MS_NOEXEC, shm_options(o));
    for (const struct tmpfs *t = o->tmpfses.list; t < o->tmpfses.list + o->tmpfses.count; t++) {
        snprintf(mount_point, sizeof mount_point, "/volumes/%s", t->name);
        mount_at(FOR_HOLDER_VOLUME, o->stage, mount_point, MS_NOSUID | MS_NODEV, t->data);
    }
}

/*
 * The creator reads the report pipe: end-of-file when `pause` runs (every descriptor from TRANSCRIPT_FD on is closed by execveat), a
 * `failed` line otherwise.
 */
_Noreturn void become_holder(const struct options *o)
{
    char *const no_environment[] = { NULL };
    char words[2 * QUOTED_SIZE + 1];

    setsid();
    control_use(o->report);
    int pause = open(o->command[0], O_PATH | O_CLOEXEC);        /* its path is unreachable after pivot_root */
    if (pause < 0) fail("open", o->command[0]);
    unshare_mount_namespace(NULL, NULL);
    umask(022);
    mount_holder_root(o);
    pivot_into(o->stage);

    transcript_write(FOR_EXECUTE_PAUSE, "execveat", monotonic_ns(), 0, "%d, \"\", [%s], [], AT_EMPTY_PATH", pause, quote_list(words, sizeof words, o->command));
    transcript_close();
    if (syscall(SYS_close_range, TRANSCRIPT_FD, ~0U, CLOSE_RANGE_CLOEXEC) < 0) fail("close_range", NULL);
    syscall(SYS_execveat, pause, "", o->command, no_environment, AT_EMPTY_PATH);
    fail("execveat", o->command[0]);
}
