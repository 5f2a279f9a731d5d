/*
 * The channel to the kernel, the part that makes a place: mounts, roots, and the files on which they stand. See kernel.h.
 */
#include "kernel.h"
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

bool may_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)
{
    char from[QUOTED], to[QUOTED], kind[QUOTED], how[SPELLED], with[QUOTED];
    uint64_t began = diary_now();
    int result = mount(source, target, type, flags, data);
    diary("mount", began, result, "%s, %s, %s, %s, %s", quote(from, source), quote(to, target), quote(kind, type),
          spell_mount(how, flags), quote(with, data));
    return result == 0;
}

void must_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)
{
    if (!may_mount(source, target, type, flags, data)) fail("mount", target);
}

/* A bind mount takes no other flags on its way in (the kernel ignores them, silently): they need a second call. */
void must_bind(const char *source, const char *target, unsigned long flags)
{
    must_mount(source, target, NULL, MS_BIND | (flags & MS_REC), NULL);
    flags &= ~(unsigned long)MS_REC;
    if (flags) must_mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | flags, NULL);
}

/* A remount states all flags anew: one that is not repeated is taken away. */
void must_restrict(const char *target, unsigned long flags)
{
    struct statvfs now;                                 /* its ST_NOSUID … are the same bits */
    if (statvfs(target, &now) < 0) fail("statvfs", target);
    unsigned long kept = now.f_flag & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
    must_mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | flags | kept, NULL);
}

int must_open_tree(const char *path)
{
    char name[QUOTED];
    uint64_t began = diary_now();
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    diary("open_tree", began, tree, "AT_FDCWD, %s, OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC", quote(name, path));
    if (tree < 0) fail("open_tree", path);
    return tree;
}

/* Equivalent to: mount -o remount,bind,ro, for a mount that has no place. */
void must_make_tree_read_only(int tree)
{
    struct { uint64_t set, clear, propagation, userns; } read_only = { 1, 0, 0, 0 };    /* include/uapi/linux/mount.h: MOUNT_ATTR_RDONLY */
    uint64_t began = diary_now();
    long result = syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &read_only, sizeof read_only);
    diary("mount_setattr", began, result, "%d, \"\", AT_EMPTY_PATH, {attr_set=MOUNT_ATTR_RDONLY}", tree);
    if (result < 0) fail("mount_setattr", NULL);
}

void must_move_mount(int tree, const char *target)
{
    char to[QUOTED];
    uint64_t began = diary_now();
    long result = syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
    diary("move_mount", began, result, "%d, \"\", AT_FDCWD, %s, MOVE_MOUNT_F_EMPTY_PATH", tree, quote(to, target));
    if (result < 0) fail("move_mount", target);
}

/* Old root onto new root, in the same place: pivot_root(2), "pivot_root(".", ".")". */
bool may_pivot_root(void)
{
    uint64_t began = diary_now();
    long result = syscall(SYS_pivot_root, ".", ".");
    diary("pivot_root", began, result, "\".\", \".\"");
    return result == 0;
}

void must_detach(const char *target)
{
    char name[QUOTED];
    uint64_t began = diary_now();
    int result = umount2(target, MNT_DETACH);
    diary("umount2", began, result, "%s, MNT_DETACH", quote(name, target));
    if (result < 0) fail("umount2", target);
}

void must_chroot(const char *path)
{
    char name[QUOTED];
    uint64_t began = diary_now();
    int result = chroot(path);
    diary("chroot", began, result, "%s", quote(name, path));
    if (result < 0) fail("chroot", path);
}

bool may_mkdir(const char *path, mode_t mode)
{
    char name[QUOTED];
    uint64_t began = diary_now();
    int result = mkdir(path, mode);
    diary("mkdir", began, result, "%s, %#o", quote(name, path), mode);
    return result == 0;
}

void must_mkdir(const char *path, mode_t mode)
{
    if (!may_mkdir(path, mode)) fail("mkdir", path);
}

void must_change_group(const char *path, gid_t gid)
{
    char name[QUOTED];
    uint64_t began = diary_now();
    int result = chown(path, (uid_t)-1, gid);
    diary("chown", began, result, "%s, -1, %u", quote(name, path), gid);
    if (result < 0) fail("chown", path);
}

void must_make_file(const char *path)
{
    char name[QUOTED];
    uint64_t began = diary_now();
    int result = mknod(path, S_IFREG | 0644, 0);
    diary("mknod", began, result, "%s, S_IFREG|0644, 0", quote(name, path));
    if (result < 0) fail("mknod", path);
}

void must_symlink(const char *to, const char *path)
{
    char content[QUOTED], name[QUOTED];
    uint64_t began = diary_now();
    int result = symlink(to, path);
    diary("symlink", began, result, "%s, %s", quote(content, to), quote(name, path));
    if (result < 0) fail("symlink", path);
}
