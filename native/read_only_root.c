/*
 * --read-only: the root, /run and /tmp are remounted read-only, unless a volume is mounted on one of them (most often an emptyDir at
 * /tmp). Volumes are recognized by another device number than the one noted before they were mounted. With --rootfs /run and /tmp are
 * directories of the root.
 */
#include "shim.h"
#include "syscalls.h"

#include <sys/stat.h>

static const char *const own[] = { "/", "/run", "/tmp" };
static dev_t devices[sizeof own / sizeof *own];

static dev_t device_at(const char *root, const char *mount_point, char found[PATH_MAX])
{
    struct stat there;
    resolve_in_root(root, mount_point, DIRECTORY, found);
    if (stat(found, &there) < 0) fail("stat", found);
    return there.st_dev;
}

static size_t own_mounts(const struct options *o)
{
    return o->rootfs ? 1 : sizeof own / sizeof *own;
}

void note_own_mounts(const char *root, const struct options *o)
{
    char found[PATH_MAX];
    for (size_t i = 0; i < own_mounts(o); i++) devices[i] = device_at(root, own[i], found);
}

void remount_own_read_only(const char *root, const struct options *o)
{
    char found[PATH_MAX];
    for (size_t i = 0; i < own_mounts(o); i++)
        if (device_at(root, own[i], found) == devices[i]) must_remount(FOR_ROOT_READ_ONLY, found, MS_RDONLY);
}
