/*
 * The private root of one try: the host's "/" with a sheet of tracing paper over it. The workload sees this machine's programs;
 * what it writes lies on the sheet (a tmpfs) and goes with it. Everything is built below --stage, at a place that the host
 * never sees, and becomes "/" in one step at the end.
 */
#include "shim.h"
#include "kernel.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int here = NO_FD;            /* our new mount namespace */
static bool in_chroot;

static int must_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0) fail("open", path);
    return fd;
}

static bool is_root(int directory)
{
    struct stat then, now;
    return fstat(directory, &then) == 0 && stat("/", &now) == 0 && then.st_dev == now.st_dev && then.st_ino == now.st_ino;
}

static void must_fchdir(int directory)
{
    if (fchdir(directory) < 0) fail("fchdir", NULL);
    close(directory);
}

/*
 * A mount namespace of our own, in which nothing is shared: where the host's mounts are (systemd makes them so), what we
 * mount would appear there too.
 *
 * The holder's namespace is nothing but the pod's shared memory and volumes, and a mount can be copied only by somebody who is
 * in its namespace. So on the way we go there, take copies that are mounted nowhere yet, and come home.
 *
 * Home is entered even when there is no holder to visit, because setns(2) leads to the namespace's true root, also out of a
 * chroot; and only from there can all of it be made private. Then back to where we were, or the workload's root
 * would be made from another system's files.
 */
void own_mount_namespace(const struct options *o, struct loan *loan)
{
    must_unshare(CLONE_NEWNS);
    here = must_open("/proc/self/ns/mnt", O_RDONLY);
    int root = must_open("/", O_PATH | O_DIRECTORY);

    if (loan && o->holder != NO_FD) {
        must_setns(o->holder, CLONE_NEWNS);
        borrow(o, loan);
    }
    must_setns(here, CLONE_NEWNS);
    must_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);

    in_chroot = !is_root(root);
    must_fchdir(root);
    if (in_chroot) must_chroot(".");
}

/*
 * Upper and work directory of an overlay must be on one file system, and not on the one below it. A device node in there is
 * only a name: CAP_MKNOD is one of the fourteen, and by a node of its own a workload would read and write the host's disk.
 */
static void lay_overlay(const struct options *o, char root[PATH_MAX])
{
    const char *stage = o->stage;
    char upper[PATH_MAX], work[PATH_MAX], layers[3 * PATH_MAX];
    snprintf(upper, sizeof upper, "%s/upper", stage);
    snprintf(work, sizeof work, "%s/work", stage);
    snprintf(root, PATH_MAX, "%s/root", stage);
    must_mount("tmpfs", stage, "tmpfs", 0, "mode=755");
    must_mkdir(upper, 0755);
    must_mkdir(work, 0755);
    must_mkdir(root, 0755);
    snprintf(layers, sizeof layers, "lowerdir=/,upperdir=%s,workdir=%s", upper, work);
    must_mount("overlay", root, "overlay", o->privileged ? 0 : MS_NODEV, layers);
}

/*
 * pivot_root(2) with both names the same puts the old root on top of the new one, where it can be let go at once; nothing of
 * the host's stays mounted, so nothing of the host's is kept busy. From a chroot it must be done at the true root: else that
 * would stay, and whoever enters this namespace would stand in it instead of in here.
 */
void move_in(const char *root)
{
    if (chdir(root) < 0) fail("chdir", root);
    if (in_chroot) {
        int inside = must_open(".", O_PATH | O_DIRECTORY);
        must_setns(here, CLONE_NEWNS);
        must_fchdir(inside);
    }
    if (!may_pivot_root()) fail("pivot_root", root);
    must_detach(".");
    if (chdir("/") < 0) fail("chdir", "/");
    close(here);
}

void enter_private_root(const struct options *o)
{
    char root[PATH_MAX];
    struct loan loan = { .shared_memory = NO_FD };
    own_mount_namespace(o, &loan);
    lay_overlay(o, root);
    show_other_file_systems(root, o->stage);
    furnish(root, o, loan.shared_memory);
    if (o->read_only) know_own_mounts(root);
    make_directories(root, o);
    place_volumes(root, o, &loan);
    link_applets(root, o);
    if (o->read_only) seal_own_mounts(root);
    move_in(root);
}
