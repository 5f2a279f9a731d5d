/*
 * shim hold: gives the holder a mount namespace that is nothing but the pod's shared memory, then becomes it. A plain holder
 * would live among copies of all the host's mounts and keep each of them busy for as long as the pod lives.
 */
#include "shim.h"
#include "kernel.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DIARY = 5 };

/* The reader of the report sees its end when the holder runs, and a line when it never will: all from 5 on ends at execve. */

_Noreturn void become_holder(const struct options *o)
{
    char *const nothing[] = { NULL };
    char program[QUOTED];

    setsid();
    control_is(o->report);
    int pause = open(o->command[0], O_PATH | O_CLOEXEC);        /* while its name still means something */
    if (pause < 0) fail("open", o->command[0]);
    own_mount_namespace(NO_FD);
    must_mount("tmpfs", o->stage, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, shm_options(o));
    move_in(o->stage);

    diary("execveat", diary_now(), 0, "%d, \"\", [%s], [], AT_EMPTY_PATH", pause, quote(program, o->command[0]));
    diary_close();
    if (syscall(SYS_close_range, DIARY, ~0U, CLOSE_RANGE_CLOEXEC) < 0) fail("close_range", NULL);
    syscall(SYS_execveat, pause, "", o->command, nothing, AT_EMPTY_PATH);
    fail("execveat", o->command[0]);
}
