/*
 * Clones the pod's shared memory and memory volumes, which are mounted in the holder's mount namespace only. The process has joined
 * that namespace: a symbolic link in a volume cannot lead to a file of the host.
 */
#include "shim.h"
#include "syscalls.h"

static int clone_of(const char *source)
{
    char found[PATH_MAX];
    resolve_in_root("", source, INHERITING_DIRECTORY, found);
    return must_open_tree(FOR_CLONE_HOLDER_MOUNT, *found ? found : "/");
}

void clone_holder_mounts(const struct options *o, struct holder_mounts *mounts)
{
    if (o->shm) mounts->shm = must_open_tree(FOR_CLONE_HOLDER_MOUNT, o->shm);
    for (int i = 0; i < o->binds.count; i++)
        if (o->binds.list[i].from_holder) mounts->volumes[i] = clone_of(o->binds.list[i].source);
}
