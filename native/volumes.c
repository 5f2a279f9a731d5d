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

static void place_volume(const char *root, const struct bind *b, int tree)
{
    char target[PATH_MAX];
    struct stat what;
    if ((b->of_holder ? fstat(tree, &what) : stat(b->source, &what)) < 0) fail("bind", b->source);
    within(root, b->target, S_ISDIR(what.st_mode) ? DIRECTORY : PLAIN_FILE, target);
    if (b->of_holder) must_move_mount(tree, target);
    else must_bind(b->source, target, MS_REC);
    if (b->read_only) must_make_read_only(target);
}

void place_volumes(const char *root, const struct options *o, const struct loan *loan)
{
    for (int i = 0; i < o->binds.count; i++) place_volume(root, &o->binds.list[i], loan->trees[i]);
}
