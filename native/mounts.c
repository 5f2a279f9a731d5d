/*
 * The host's other file systems, shown read-only in the private root. An overlay covers the one file system that "/" is on;
 * without these, a /usr or /home of its own would be an empty directory in there.
 */
#include "shim.h"
#include "kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Not ours to show: made anew in the private root, or another engine's, whose removal of a container we would make fail. */
static const char *const elsewhere[] = {
    "/proc", "/sys", "/dev", "/run", "/tmp", "/var/run",
    "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/kubelet",
};

/* File systems with files of their own behind them although no block device says so (a major number of 0). */
static const char *const real[] = {
    "overlay", "btrfs", "zfs", "bcachefs", "virtiofs", "9p", "nfs", "nfs4", "cifs", "smb3", "ceph", "afs", "fuse",
};

struct mount { char *device, *point, *flags, *type; };

static bool is_below(const char *path, const char *top)
{
    size_t length = strlen(top);
    return !strncmp(path, top, length) && (!path[length] || path[length] == '/');
}

/* \040 is a space: proc(5) writes blank, tab, newline and backslash in octal. */
static void decode(char *path)
{
    char *out = path;
    for (; *path; path++)
        if (*path == '\\' && strspn(path + 1, "01234567") >= 3) {
            *out++ = (char)((path[1] - '0') << 6 | (path[2] - '0') << 3 | (path[3] - '0'));
            path += 3;
        } else *out++ = *path;
    *out = '\0';
}

/* proc_pid_mountinfo(5): id parent major:minor root POINT FLAGS [tag…] - TYPE source options */
static bool parse(char *line, struct mount *m)
{
    char *field[6], *rest = line;
    for (int i = 0; i < 6; i++)
        if (!(field[i] = strsep(&rest, " "))) return false;
    for (char *tag; (tag = strsep(&rest, " ")) && strcmp(tag, "-");) continue;
    *m = (struct mount){ field[2], field[4], field[5], strsep(&rest, " ") };
    decode(m->point);
    return m->type != NULL;
}

static bool is_real(const struct mount *m)
{
    if (strncmp(m->device, "0:", 2)) return true;
    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        if (!strcmp(m->type, real[i])) return true;
    return !strncmp(m->type, "fuse.", 5);
}

static bool is_wanted(const struct mount *m, const char *stage)
{
    if (!strcmp(m->point, "/") || is_below(m->point, stage) || !is_real(m)) return false;
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (is_below(m->point, elsewhere[i])) return false;
    return true;
}

/* A remount states all flags anew: one that is not repeated is taken away. */
static unsigned long kept_flags(char *flags)
{
    static const struct { const char *name; unsigned long flag; } known[] = {
        { "nosuid", MS_NOSUID }, { "nodev", MS_NODEV }, { "noexec", MS_NOEXEC },
    };
    unsigned long kept = MS_RDONLY | MS_NODEV;
    for (char *name; (name = strsep(&flags, ","));)
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (!strcmp(name, known[i].name)) kept |= known[i].flag;
    return kept;
}

/*
 * One that cannot be shown (a user's FUSE mount, a server that is away) is left out: it is no reason not to run nginx. Whether it is
 * a file or a directory is asked of the place below it: asking itself might wait for that server for ever.
 */
static void show(const char *root, const struct mount *m)
{
    char target[PATH_MAX];
    struct stat below;
    snprintf(target, sizeof target, "%s%s", root, m->point);
    enum place kind = lstat(target, &below) == 0 && S_ISREG(below.st_mode) ? PLAIN_FILE : DIRECTORY;
    within(root, m->point, kind, target);
    if (!may_mount(m->point, target, NULL, MS_BIND, NULL)) return;
    must_mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | kept_flags(m->flags), NULL);
}

void show_other_file_systems(const char *root, const char *stage)
{
    static char line[3 * PATH_MAX];
    struct mount m;
    FILE *table = fopen("/proc/self/mountinfo", "re");
    if (!table) fail("open", "/proc/self/mountinfo");
    while (fgets(line, sizeof line, table))
        if (parse(line, &m) && is_wanted(&m, stage)) show(root, &m);
    fclose(table);
}
