/*
 * Lets go what the host has unmounted. A private root has copies of the host's mounts, and umount(8) on the host leaves them: it
 * propagates through the parent mount, which is the overlay here. So the shim, which is in the host's mount namespace, is woken by its
 * own table of mounts, and detaches each copy whose original is gone.
 */
#include "monitor.h"
#include "mount_table.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Strings one after the other: "DEVICE POINT". */
struct list { char *text; size_t length; };

static int events = NO_FD;
static struct list known;                       /* the host's mounts at its last change; while an attempt starts, also those before */
static struct list copies;                      /* those of them that the attempt has copies of */
static pid_t watched;                           /* the attempt whose copies these are */

static const char *next(const struct list *l, const char *one)
{
    const char *after = one ? one + strlen(one) + 1 : l->text;
    return l->length && after < l->text + l->length ? after : NULL;
}

static bool has(const struct list *l, const char *wanted)
{
    for (const char *one = NULL; (one = next(l, one));)
        if (!strcmp(one, wanted)) return true;
    return false;
}

/* False: there is no memory. */
static bool add(struct list *l, const char *one)
{
    size_t size = strlen(one) + 1;
    char *longer = realloc(l->text, l->length + size);
    if (!longer) return false;
    memcpy(longer + l->length, one, size);
    *l = (struct list){ longer, l->length + size };
    return true;
}

static void clear(struct list *l)
{
    free(l->text);
    *l = (struct list){ 0 };
}

/* Adds the mounts of a table that a private root has copies of, if they are among `these`. False: some may be missing. */
static bool read_table(const char *path, const char *stage, const struct list *these, struct list *out)
{
    static char line[MOUNT_LINE], one[PATH_MAX + 32];
    struct mount m;
    FILE *table = fopen(path, "re");
    bool is_whole = true;
    if (!table) return false;
    while (fgets(line, sizeof line, table)) {
        if (!parse_mount(line, &m) || !is_host_storage(&m, stage)) continue;
        snprintf(one, sizeof one, "%s %s", m.device, m.point);
        if ((!these || has(these, one)) && !has(out, one)) is_whole &= add(out, one);
    }
    is_whole &= !ferror(table);
    fclose(table);
    return is_whole;
}

/*
 * Only what is mounted there once the program runs: until then the child is still making its root. Best effort: a copy that is not
 * found stays until the workload ends.
 */
static void find_copies(const struct monitor *m)
{
    char path[48];
    clear(&copies);
    watched = m->attempt.child;
    snprintf(path, sizeof path, "/proc/%d/mountinfo", watched);
    (void)read_table(path, m->options->stage, &known, &copies);
}

static bool is_covered(const struct options *o, const char *point)
{
    for (int i = 0; i < o->binds.count; i++)
        if (!strcmp(o->binds.list[i].target, point)) return true;
    return false;
}

static _Noreturn void detach(const struct monitor *m, const struct list *gone)
{
    char path[48];
    transcript_after_fork();
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", watched);
    int mounts = open(path, O_RDONLY | O_CLOEXEC);
    if (mounts < 0 || !may_setns(FOR_JOIN_MNT, mounts, CLONE_NEWNS)) _exit(SHIM_FAILED);
    for (const char *one = NULL; (one = next(gone, one));) {
        const char *point = strchr(one, ' ') + 1;
        if (!is_covered(m->options, point)) may_umount_detached(FOR_UNMOUNTED_ON_HOST, point);
    }
    _exit(0);
}

/* A child, because the shim itself must not leave the host's mount namespace. */
static void release(const struct monitor *m, const struct list *gone)
{
    pid_t child = may_clone(FOR_RELEASE_MOUNTS, 0);
    if (child == 0) detach(m, gone);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
}

static void release_gone(const struct monitor *m, const struct list *present)
{
    struct list gone = { 0 }, left = { 0 };
    for (const char *one = NULL; (one = next(&copies, one));) (void)add(has(present, one) ? &left : &gone, one);
    if (gone.length) {
        release(m, &gone);
        clear(&copies);
        copies = left;
    } else clear(&left);
    clear(&gone);
}

int mount_events(const struct monitor *m)
{
    if (events != NO_FD || !m->options->stage) return events;
    events = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (events != NO_FD) (void)read_table("/proc/self/mountinfo", m->options->stage, NULL, &known);
    return events;
}

/* What is missing in a table that was not read to its end may be mounted: it releases nothing, and is read again at the next wake-up. */
void release_mounts(const struct monitor *m, bool changed)
{
    static bool is_unread;
    bool is_new = m->phase == RUNNING && watched != m->attempt.child;
    struct list present = { 0 };
    if (events == NO_FD || (!changed && !is_new && !is_unread)) return;
    if (is_new) find_copies(m);
    is_unread = !read_table("/proc/self/mountinfo", m->options->stage, NULL, &present);
    if (is_unread) return clear(&present);
    if (m->phase == RUNNING) release_gone(m, &present);
    if (m->phase == STARTING)
        for (const char *one = NULL; (one = next(&known, one));) if (!has(&present, one)) (void)add(&present, one);
    clear(&known);
    known = present;
}
