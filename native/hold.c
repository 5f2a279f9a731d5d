/*
 * shim hold: gives the holder a mount namespace that is nothing but the pod's shared memory and its volumes in memory, then
 * becomes it. A plain holder would live among copies of all the host's mounts and keep each of them busy for as long as the pod lives.
 */
#include "shim.h"
#include "kernel.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DIARY = 5 };

static void mount_at(const char *stage, const char *place, unsigned long flags, const char *data)
{
    char target[PATH_MAX];
    within(stage, place, DIRECTORY, target);
    must_mount("tmpfs", target, "tmpfs", flags, data);
}

/* A root to stand on, and on it what is shared. Programs may be run from a volume, as from an emptyDir; not from shared memory. */
static void furnish_holder(const struct options *o)
{
    char place[NAME_MAX + 16];
    must_mount("tmpfs", o->stage, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=64k");
    if (o->shm_size) mount_at(o->stage, "/shm", MS_NOSUID | MS_NODEV | MS_NOEXEC, shm_options(o));
    for (const struct tmpfs *t = o->tmpfses.list; t < o->tmpfses.list + o->tmpfses.count; t++) {
        snprintf(place, sizeof place, "/volumes/%s", t->name);
        mount_at(o->stage, place, MS_NOSUID | MS_NODEV, t->data);
    }
}

/* The reader of the report sees its end when the holder runs, and a line when it never will: all from 5 on ends at execve. */

_Noreturn void become_holder(const struct options *o)
{
    char *const nothing[] = { NULL };
    char words[2 * QUOTED + 1];

    setsid();
    control_is(o->report);
    int pause = open(o->command[0], O_PATH | O_CLOEXEC);        /* while its name still means something */
    if (pause < 0) fail("open", o->command[0]);
    own_mount_namespace(NULL, NULL);
    umask(022);
    furnish_holder(o);
    move_in(o->stage);

    diary("execveat", diary_now(), 0, "%d, \"\", [%s], [], AT_EMPTY_PATH", pause, quote_words(words, sizeof words, o->command));
    diary_close();
    if (syscall(SYS_close_range, DIARY, ~0U, CLOSE_RANGE_CLOEXEC) < 0) fail("close_range", NULL);
    syscall(SYS_execveat, pause, "", o->command, nothing, AT_EMPTY_PATH);
    fail("execveat", o->command[0]);
}
