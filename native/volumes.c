/*
 * The volumes and files of the pod, and what its manifest takes for granted, put into the private root. In the order of the
 * command line: a later one may lie inside an earlier one.
 */
#include "shim.h"
#include "kernel.h"

#include <sys/stat.h>

/* A working directory that the machine lacks: made before the volumes come, so that it is in none of them. */
void make_directories(const char *root, const struct options *o)
{
    char made[PATH_MAX];
    for (int i = 0; i < o->directories.count; i++) within(root, o->directories.list[i], DIRECTORY, made);
}

/* A node that a workload makes in a directory of the host's would be as good as one in the host's /dev. One that was asked for by name is. */
static unsigned long limits_of(const struct bind *b, const struct stat *what, bool privileged)
{
    bool is_hosts_directory = !b->of_holder && S_ISDIR(what->st_mode);
    return (b->read_only ? MS_RDONLY : 0UL) | (is_hosts_directory && !privileged ? MS_NODEV : 0UL);
}

static void place_volume(const char *root, const struct bind *b, int tree, bool privileged)
{
    char target[PATH_MAX];
    struct stat what;
    if ((b->of_holder ? fstat(tree, &what) : stat(b->source, &what)) < 0) fail("bind", b->source);
    within(root, b->target, S_ISDIR(what.st_mode) ? DIRECTORY : PLAIN_FILE, target);
    if (b->of_holder) must_move_mount(tree, target);
    else must_bind(b->source, target, MS_REC);
    unsigned long limits = limits_of(b, &what, privileged);
    if (limits) must_restrict(target, limits);
}

void place_volumes(const char *root, const struct options *o, const struct loan *loan)
{
    for (int i = 0; i < o->binds.count; i++) place_volume(root, &o->binds.list[i], loan->trees[i], o->privileged);
}
