/*
 * Mounts the pod's volumes and files in the private root, in the order of the command line: a later one may lie inside an earlier one.
 */
#include "shim.h"
#include "syscalls.h"

#include <sys/stat.h>

/* Working directories that the host lacks. Made before the volumes are mounted, so that none is made in a volume. */
void make_directories(const char *root, const struct options *o)
{
    char made[PATH_MAX];
    for (int i = 0; i < o->directories.count; i++) resolve_in_root(root, o->directories.list[i], DIRECTORY, made);
}

/* nodev for a directory of the host: a device node that a workload makes there would work. A device that is bound by itself works. */
static unsigned long flags_of(const struct bind *b, const struct stat *what, bool privileged)
{
    bool is_host_directory = !b->from_holder && S_ISDIR(what->st_mode);
    return (b->read_only ? MS_RDONLY : 0UL) | (is_host_directory && !privileged ? MS_NODEV : 0UL);
}

static void mount_volume(const char *root, const struct bind *b, int tree, bool privileged)
{
    char target[PATH_MAX];
    struct stat what;
    if ((b->from_holder ? fstat(tree, &what) : stat(b->source, &what)) < 0) fail("bind", b->source);
    resolve_in_root(root, b->target, S_ISDIR(what.st_mode) ? DIRECTORY : REGULAR_FILE, target);
    if (b->from_holder) must_move_mount(FOR_VOLUME, tree, target);
    else must_bind(FOR_VOLUME, b->source, target, MS_REC);
    unsigned long flags = flags_of(b, &what, privileged);
    if (flags) must_remount(FOR_VOLUME_FLAGS, target, flags);
}

void mount_volumes(const char *root, const struct options *o, const struct holder_mounts *mounts)
{
    for (int i = 0; i < o->binds.count; i++) mount_volume(root, &o->binds.list[i], mounts->volumes[i], o->privileged);
}
