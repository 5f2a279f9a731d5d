/*
 * Copies of what the pod has in common: its shared memory, its volumes in memory. They are mounted in the holder's namespace
 * and nowhere else, and we are in there now: links are followed where there is nothing of the host's to be led to.
 */
#include "shim.h"
#include "kernel.h"

static int copy_of(const char *source)
{
    char found[PATH_MAX];
    within("", source, LIKE_ITS_PARENT, found);
    return must_open_tree(*found ? found : "/");
}

void borrow(const struct options *o, struct loan *loan)
{
    if (o->shm) loan->shared_memory = must_open_tree(o->shm);
    for (int i = 0; i < o->binds.count; i++)
        if (o->binds.list[i].of_holder) loan->trees[i] = copy_of(o->binds.list[i].source);
}
