/*
 * The private root of one attempt: an overlay of the host's "/", or of --rootfs, with a tmpfs above it. The workload sees the programs of
 * that; what it writes is in the tmpfs and ends with it. The root is built below --stage in a mount namespace of its own, then
 * pivot_root(2) makes it "/".
 */
#include "shim.h"
#include "syscalls.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int own_mntns = NO_FD;       /* the new mount namespace */
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
 * Makes a mount namespace without shared propagation: where the host's mounts are shared (systemd makes them so), new mounts would
 * appear on the host too.
 *
 * A mount can be cloned only from inside its mount namespace. So the process joins the holder's namespace, clones the pod's mounts
 * there, and returns.
 *
 * setns(2) to the own namespace is called without a holder too: it leads to the namespace's true root, even out of a chroot, and only
 * from there can all mounts be made private. Then chroot(2) restores the root that the shim was started with.
 */
void unshare_mount_namespace(const struct options *o, struct holder_mounts *mounts)
{
    must_unshare(FOR_NEW_MNT, CLONE_NEWNS);
    own_mntns = must_open("/proc/self/ns/mnt", O_RDONLY);
    int root = must_open("/", O_PATH | O_DIRECTORY);

    if (mounts && o->holder != NO_FD) {
        must_setns(FOR_JOIN_HOLDER_MNT, o->holder, CLONE_NEWNS);
        clone_holder_mounts(o, mounts);
    }
    must_setns(FOR_TRUE_ROOT, own_mntns, CLONE_NEWNS);
    must_mount(FOR_PRIVATE_MOUNTS, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);

    in_chroot = !is_root(root);
    must_fchdir(root);
    if (in_chroot) must_chroot(FOR_RESTORE_CHROOT, ".");
}

/*
 * The lower layer of the overlay. --rootfs is bound below the stage, because its own path could have the characters that end a path among
 * the options of an overlay.
 */
static void mount_lower(const struct options *o, char lower[PATH_MAX])
{
    snprintf(lower, PATH_MAX, "/");
    if (!o->rootfs) return;
    snprintf(lower, PATH_MAX, "%s/lower", o->stage);
    must_mkdir(FOR_LAYER_DIRECTORY, lower, 0755);
    must_bind(FOR_ROOTFS, o->rootfs, lower, MS_RDONLY);
}

/* An overlay does not ask with what flags its layers are mounted: a set-user-ID program on a stick must not gain here what it does not there. */
static unsigned long flags_of(const char *rootfs)
{
    struct statvfs now;                                 /* ST_NOSUID … are the same bits as MS_NOSUID … */
    if (!rootfs) return 0;
    if (statvfs(rootfs, &now) < 0) fail("statvfs", rootfs);
    return now.f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC);
}

/*
 * Upper and work directory of an overlay must be on one file system that is not the lower one. nodev, because CAP_MKNOD is in Docker's
 * default set: by a device node of its own, a workload could read and write the host's disks.
 */
static void mount_overlay(const struct options *o, char root[PATH_MAX])
{
    const char *stage = o->stage;
    char lower[PATH_MAX], upper[PATH_MAX], work[PATH_MAX], layers[4 * PATH_MAX];
    snprintf(upper, sizeof upper, "%s/upper", stage);
    snprintf(work, sizeof work, "%s/work", stage);
    snprintf(root, PATH_MAX, "%s/root", stage);
    must_mount(FOR_WRITABLE_LAYER, "tmpfs", stage, "tmpfs", 0, "mode=755");
    must_mkdir(FOR_LAYER_DIRECTORY, upper, 0755);
    must_mkdir(FOR_LAYER_DIRECTORY, work, 0755);
    must_mkdir(FOR_LAYER_DIRECTORY, root, 0755);
    mount_lower(o, lower);
    snprintf(layers, sizeof layers, "lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work);
    unsigned long flags = flags_of(o->rootfs) | (o->privileged ? 0 : MS_NODEV);
    must_mount(o->rootfs ? FOR_ROOTFS_OVERLAY : FOR_OVERLAY, "overlay", root, "overlay", flags, layers);
}

/*
 * pivot_root(".", ".") stacks the old root on the new one, where it is unmounted at once: no mount of the host stays busy. From a
 * chroot it must be called at the namespace's true root. Otherwise that would stay the root of every process that joins the namespace.
 */
void pivot_into(const char *root)
{
    if (chdir(root) < 0) fail("chdir", root);
    if (in_chroot) {
        int inside = must_open(".", O_PATH | O_DIRECTORY);
        must_setns(FOR_TRUE_ROOT, own_mntns, CLONE_NEWNS);
        must_fchdir(inside);
    }
    if (!may_pivot_root(FOR_PIVOT_ROOT)) fail("pivot_root", root);
    must_umount_detached(FOR_DETACH_OLD_ROOT, ".");
    if (chdir("/") < 0) fail("chdir", "/");
    close(own_mntns);
}

void enter_private_root(const struct options *o)
{
    char root[PATH_MAX];
    struct holder_mounts mounts = { .shm = NO_FD };
    unshare_mount_namespace(o, &mounts);
    mount_overlay(o, root);
    if (!o->rootfs) bind_host_mounts(root, o->stage);
    mount_pseudo_fs(root, o, mounts.shm);
    if (o->read_only) note_own_mounts(root, o);
    make_directories(root, o);
    mount_volumes(root, o, &mounts);
    link_applets(root, o);
    if (o->read_only) remount_own_read_only(root, o);
    pivot_into(root);
}
