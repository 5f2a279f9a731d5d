/*
 * System calls on mounts, roots and files: see syscalls.h.
 */
#include "syscalls.h"
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

bool may_mount(enum purpose purpose, const char *source, const char *target, const char *type, unsigned long flags, const char *data)
{
    char from[QUOTED_SIZE], to[QUOTED_SIZE], kind[QUOTED_SIZE], how[FLAGS_SIZE], with[QUOTED_SIZE];
    uint64_t began = monotonic_ns();
    int result = mount(source, target, type, flags, data);
    transcript_write(purpose, "mount", began, result, "%s, %s, %s, %s, %s", quote(from, source), quote(to, target), quote(kind, type),
          format_mount_flags(how, flags), quote(with, data));
    return result == 0;
}

void must_mount(enum purpose purpose, const char *source, const char *target, const char *type, unsigned long flags, const char *data)
{
    if (!may_mount(purpose, source, target, type, flags, data)) fail("mount", target);
}

/* mount(2) silently ignores other flags beside MS_BIND, so they are set by a second call. */
void must_bind(enum purpose purpose, const char *source, const char *target, unsigned long flags)
{
    must_mount(purpose, source, target, NULL, MS_BIND | (flags & MS_REC), NULL);
    flags &= ~(unsigned long)MS_REC;
    if (flags) must_mount(purpose, NULL, target, NULL, MS_REMOUNT | MS_BIND | flags, NULL);
}

/* A remount replaces all flags, so the present ones are repeated. */
void must_remount(enum purpose purpose, const char *target, unsigned long flags)
{
    struct statvfs now;                                 /* ST_NOSUID … are the same bits as MS_NOSUID … */
    if (statvfs(target, &now) < 0) fail("statvfs", target);
    unsigned long kept = now.f_flag & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
    must_mount(purpose, NULL, target, NULL, MS_REMOUNT | MS_BIND | flags | kept, NULL);
}

int must_open_tree(enum purpose purpose, const char *path)
{
    char name[QUOTED_SIZE];
    uint64_t began = monotonic_ns();
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    transcript_write(purpose, "open_tree", began, tree, "AT_FDCWD, %s, OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC", quote(name, path));
    if (tree < 0) fail("open_tree", path);
    return tree;
}

/* Equivalent to: mount -o remount,bind,ro, for a mount that is attached nowhere. */
void must_set_tree_read_only(enum purpose purpose, int tree)
{
    struct { uint64_t set, clear, propagation, userns; } read_only = { 1, 0, 0, 0 };    /* include/uapi/linux/mount.h: MOUNT_ATTR_RDONLY */
    uint64_t began = monotonic_ns();
    long result = syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &read_only, sizeof read_only);
    transcript_write(purpose, "mount_setattr", began, result, "%d, \"\", AT_EMPTY_PATH, {attr_set=MOUNT_ATTR_RDONLY}", tree);
    if (result < 0) fail("mount_setattr", NULL);
}

void must_move_mount(enum purpose purpose, int tree, const char *target)
{
    char to[QUOTED_SIZE];
    uint64_t began = monotonic_ns();
    long result = syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
    transcript_write(purpose, "move_mount", began, result, "%d, \"\", AT_FDCWD, %s, MOVE_MOUNT_F_EMPTY_PATH", tree, quote(to, target));
    if (result < 0) fail("move_mount", target);
}

/* pivot_root(2) explains the same path twice: the old root is stacked on the new one. */
bool may_pivot_root(enum purpose purpose)
{
    uint64_t began = monotonic_ns();
    long result = syscall(SYS_pivot_root, ".", ".");
    transcript_write(purpose, "pivot_root", began, result, "\".\", \".\"");
    return result == 0;
}

/* Not through a link: the workload may have put one in the place of a directory above. */
bool may_umount_detached(enum purpose purpose, const char *target)
{
    char name[QUOTED_SIZE];
    uint64_t began = monotonic_ns();
    int result = umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW);
    transcript_write(purpose, "umount2", began, result, "%s, MNT_DETACH|UMOUNT_NOFOLLOW", quote(name, target));
    return result == 0;
}

void must_umount_detached(enum purpose purpose, const char *target)
{
    char name[QUOTED_SIZE];
    uint64_t began = monotonic_ns();
    int result = umount2(target, MNT_DETACH);
    transcript_write(purpose, "umount2", began, result, "%s, MNT_DETACH", quote(name, target));
    if (result < 0) fail("umount2", target);
}

void must_chroot(enum purpose purpose, const char *path)
{
    char name[QUOTED_SIZE];
    uint64_t began = monotonic_ns();
    int result = chroot(path);
    transcript_write(purpose, "chroot", began, result, "%s", quote(name, path));
    if (result < 0) fail("chroot", path);
}

bool may_mkdir(enum purpose purpose, const char *path, mode_t mode)
{
    char name[QUOTED_SIZE];
    uint64_t began = monotonic_ns();
    int result = mkdir(path, mode);
    transcript_write(purpose, "mkdir", began, result, "%s, %#o", quote(name, path), mode);
    return result == 0;
}

void must_mkdir(enum purpose purpose, const char *path, mode_t mode)
{
    if (!may_mkdir(purpose, path, mode)) fail("mkdir", path);
}

void must_chown_group(enum purpose purpose, const char *path, gid_t gid)
{
    char name[QUOTED_SIZE];
    uint64_t began = monotonic_ns();
    int result = chown(path, (uid_t)-1, gid);
    transcript_write(purpose, "chown", began, result, "%s, -1, %u", quote(name, path), gid);
    if (result < 0) fail("chown", path);
}

void must_mknod_file(enum purpose purpose, const char *path)
{
    char name[QUOTED_SIZE];
    uint64_t began = monotonic_ns();
    int result = mknod(path, S_IFREG | 0644, 0);
    transcript_write(purpose, "mknod", began, result, "%s, S_IFREG|0644, 0", quote(name, path));
    if (result < 0) fail("mknod", path);
}

void must_symlink(enum purpose purpose, const char *to, const char *path)
{
    char content[QUOTED_SIZE], name[QUOTED_SIZE];
    uint64_t began = monotonic_ns();
    int result = symlink(to, path);
    transcript_write(purpose, "symlink", began, result, "%s, %s", quote(content, to), quote(name, path));
    if (result < 0) fail("symlink", path);
}
