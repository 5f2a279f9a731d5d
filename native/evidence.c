/*
 * Evidence of a change of namespaces: its inode before and after the call, as the links in /proc/PID/ns show it. They are read
 * through a descriptor of the host's /proc, which works in any mount and pid namespace.
 */
#include "shim.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

enum { NAME_SIZE = 32 };

static const struct { int kind; const char *file; } links[] = {                 /* include/uapi/linux/sched.h, namespaces(7) */
    { CLONE_NEWNET, "net" }, { CLONE_NEWIPC, "ipc" }, { CLONE_NEWUTS, "uts" }, { CLONE_NEWNS, "mnt" },
    { CLONE_NEWPID, "pid_for_children" }, { CLONE_NEWUSER, "user" }, { CLONE_NEWCGROUP, "cgroup" },
};
enum { KINDS = sizeof links / sizeof *links };

static int host_proc = NO_FD;
static int pending;                                     /* the kinds whose state before the call is known */
static char before[KINDS][NAME_SIZE];

void evidence_open(int proc)
{
    host_proc = proc;
}

static void read_link(char name[NAME_SIZE], const char *process, const char *file)
{
    char path[64];
    snprintf(path, sizeof path, "%s/ns/%s", process, file);
    ssize_t length = readlinkat(host_proc, path, name, NAME_SIZE - 1);
    name[length < 0 ? 0 : length] = '\0';
}

void evidence_before(int kinds)
{
    pending = host_proc == NO_FD ? 0 : kinds;
    for (int i = 0; i < KINDS; i++)
        if (pending & links[i].kind) read_link(before[i], "self", links[i].file);
}

/* Appends `,"evidence":[…]` once for each evidence_before(). After a clone the new namespaces are those of the child. */
size_t evidence_after(char *out, size_t room, long child)
{
    char process[24] = "self", after[NAME_SIZE];
    size_t n = 0;
    if (child) snprintf(process, sizeof process, "%ld", child);
    for (int i = 0; i < KINDS; i++) {
        if (!(pending & links[i].kind)) continue;
        read_link(after, process, child && links[i].kind == CLONE_NEWPID ? "pid" : links[i].file);
        /* A child may have ended by now. What does not fit is left out, so the line stays valid JSON. */
        if (*after && n + 2 * NAME_SIZE + 24 < room)
            n += (size_t)snprintf(out + n, room - n, "%s\"%s -> %s\"", n ? "," : ",\"evidence\":[", before[i], after);
    }
    if (n) n += (size_t)snprintf(out + n, room - n, "]");
    pending = 0;
    return n;
}
