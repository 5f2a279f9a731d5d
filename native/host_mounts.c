/*
 * Binds the host's other file systems read-only into the private root. The overlay covers only the file system of "/": without these
 * binds, a /usr or /home on a file system of its own would be an empty directory.
 */
#include "mount_table.h"
#include "shim.h"
#include "syscalls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Left out: mounted anew by pseudo_fs.c, or another engine's mounts, which it could not unmount while a workload has them. */
static const char *const excluded[] = {
    "/proc", "/sys", "/dev", "/run", "/tmp", "/var/run",
    "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/kubelet",
};

/* File systems that store files although they have no block device (major number 0). */
static const char *const storage_types[] = {
    "overlay", "btrfs", "zfs", "bcachefs", "virtiofs", "9p", "nfs", "nfs4", "cifs", "smb3", "ceph", "afs", "fuse",
};

static bool is_below(const char *path, const char *top)
{
    size_t length = strlen(top);
    return !strncmp(path, top, length) && (!path[length] || path[length] == '/');
}

/* proc(5): blank, tab, newline and backslash are written in octal (\040). */
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
bool parse_mount(char *line, struct mount *m)
{
    char *field[6], *rest = line;
    for (int i = 0; i < 6; i++)
        if (!(field[i] = strsep(&rest, " "))) return false;
    for (char *tag; (tag = strsep(&rest, " ")) && strcmp(tag, "-");) continue;
    *m = (struct mount){ field[2], field[4], field[5], strsep(&rest, " ") };
    decode(m->point);
    return m->type != NULL;
}

static bool has_storage(const struct mount *m)
{
    if (strncmp(m->device, "0:", 2)) return true;
    for (size_t i = 0; i < sizeof storage_types / sizeof *storage_types; i++)
        if (!strcmp(m->type, storage_types[i])) return true;
    return !strncmp(m->type, "fuse.", 5);
}

bool is_host_storage(const struct mount *m, const char *stage)
{
    if (!strcmp(m->point, "/") || is_below(m->point, stage) || !has_storage(m)) return false;
    for (size_t i = 0; i < sizeof excluded / sizeof *excluded; i++)
        if (is_below(m->point, excluded[i])) return false;
    return true;
}

/* A remount replaces all flags, so the present ones are repeated. */
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
 * A mount that cannot be bound (a user's FUSE mount, an unreachable server) is skipped. lstat(2) looks at the mount point in the
 * overlay, because on the mount itself it might wait for that server for ever.
 */
static void bind_read_only(const char *root, const struct mount *m)
{
    char target[PATH_MAX];
    struct stat below;
    snprintf(target, sizeof target, "%s%s", root, m->point);
    enum path_kind kind = lstat(target, &below) == 0 && S_ISREG(below.st_mode) ? REGULAR_FILE : DIRECTORY;
    resolve_in_root(root, m->point, kind, target);
    if (!may_mount(FOR_HOST_MOUNT, m->point, target, NULL, MS_BIND, NULL)) return;
    must_mount(FOR_HOST_MOUNT_READ_ONLY, NULL, target, NULL, MS_REMOUNT | MS_BIND | kept_flags(m->flags), NULL);
}

void bind_host_mounts(const char *root, const char *stage)
{
    static char line[MOUNT_LINE];
    struct mount m;
    FILE *table = fopen("/proc/self/mountinfo", "re");
    if (!table) fail("open", "/proc/self/mountinfo");
    while (fgets(line, sizeof line, table))
        if (parse_mount(line, &m) && is_host_storage(&m, stage)) bind_read_only(root, &m);
    if (ferror(table)) fail("read", "/proc/self/mountinfo");
    fclose(table);
}
