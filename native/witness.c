/*
 * The evidence of a move between namespaces: the inode before it and the one after, as the links of /proc say them. The /proc
 * is the host's, kept open by the diary, so that it can be asked from inside any namespace.
 */
#include "shim.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

enum { NAME = 32 };

static const struct { int kind; const char *file; } links[] = {                 /* include/uapi/linux/sched.h, namespaces(7) */
    { CLONE_NEWNET, "net" }, { CLONE_NEWIPC, "ipc" }, { CLONE_NEWUTS, "uts" }, { CLONE_NEWNS, "mnt" },
    { CLONE_NEWPID, "pid_for_children" }, { CLONE_NEWUSER, "user" }, { CLONE_NEWCGROUP, "cgroup" },
};
enum { KINDS = sizeof links / sizeof *links };

static int watched;
static char before[KINDS][NAME];

static void look(char name[NAME], const char *who, const char *file)
{
    char path[64];
    snprintf(path, sizeof path, "%s/ns/%s", who, file);
    ssize_t length = readlinkat(diary_proc(), path, name, NAME - 1);
    name[length < 0 ? 0 : length] = '\0';
}

/* Before a call that moves us. Nobody asks when nobody keeps a diary. */
void witness(int kinds)
{
    watched = diary_proc() == NO_FD ? 0 : kinds;
    for (int i = 0; i < KINDS; i++)
        if (watched & links[i].kind) look(before[i], "self", links[i].file);
}

/* After it, once: the rest of a line of the diary. `child` is where its kinds are to be seen, 0: in us. */
size_t testify(char *out, size_t room, long child)
{
    char who[24] = "self", now[NAME];
    size_t n = 0;
    if (child) snprintf(who, sizeof who, "%ld", child);
    for (int i = 0; i < KINDS; i++) {
        if (!(watched & links[i].kind)) continue;
        look(now, who, child && links[i].kind == CLONE_NEWPID ? "pid" : links[i].file);
        /* A child may be gone by now; and what does not fit is left out, so that the line stays whole. */
        if (*now && n + 2 * NAME + 24 < room)
            n += (size_t)snprintf(out + n, room - n, "%s\"%s -> %s\"", n ? "," : ",\"evidence\":[", before[i], now);
    }
    if (n) n += (size_t)snprintf(out + n, room - n, "]");
    watched = 0;
    return n;
}
