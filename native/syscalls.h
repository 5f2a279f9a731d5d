/*
 * Wrappers of the system calls that change something. Each writes the call to the transcript as strace(1) would. A `must_` function
 * ends the process with fail() when the call fails; a `may_` function returns the result, where failure is expected.
 */
#ifndef SYSCALLS_H
#define SYSCALLS_H

#include "purposes.h"

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/types.h>

/* Not in all C libraries yet. */
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1                       /* include/uapi/linux/mount.h */
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC 02000000              /* include/uapi/linux/mount.h: O_CLOEXEC */
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004      /* include/uapi/linux/mount.h */
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442                   /* include/uapi/asm-generic/unistd.h, the same everywhere */
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)           /* include/uapi/linux/close_range.h */
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000                    /* include/uapi/linux/fcntl.h */
#endif

pid_t may_clone(enum purpose purpose, int kinds);
bool may_setns(enum purpose purpose, int fd, int kind);
bool may_mount(enum purpose purpose, const char *source, const char *target, const char *type, unsigned long flags, const char *data);
bool may_pivot_root(enum purpose purpose);
bool may_kill(enum purpose purpose, pid_t pid, int signal, const char *text);
bool may_umount_detached(enum purpose purpose, const char *target);
bool may_mkdir(enum purpose purpose, const char *path, mode_t mode);

void must_setns(enum purpose purpose, int fd, int kind);
void must_unshare(enum purpose purpose, int kinds);
void must_mount(enum purpose purpose, const char *source, const char *target, const char *type, unsigned long flags, const char *data);
void must_bind(enum purpose purpose, const char *source, const char *target, unsigned long flags);
void must_remount(enum purpose purpose, const char *target, unsigned long flags);
int  must_open_tree(enum purpose purpose, const char *path);
void must_set_tree_read_only(enum purpose purpose, int tree);
void must_move_mount(enum purpose purpose, int tree, const char *target);
void must_umount_detached(enum purpose purpose, const char *target);
void must_chroot(enum purpose purpose, const char *path);
void must_join_cgroup(enum purpose purpose, int procs);
void must_join_session_keyring(enum purpose purpose);
void must_sethostname(enum purpose purpose, const char *name);
void must_mkdir(enum purpose purpose, const char *path, mode_t mode);
void must_chown_group(enum purpose purpose, const char *path, gid_t gid);
void must_mknod_file(enum purpose purpose, const char *path);
void must_symlink(enum purpose purpose, const char *to, const char *path);
void must_prctl(enum purpose purpose, int option, unsigned long argument, unsigned long second, const char *text);
void must_capset(enum purpose purpose, unsigned long long caps);
void must_setgroups(enum purpose purpose, size_t count, const gid_t *groups);
void must_setgid(enum purpose purpose, gid_t gid);
void must_setuid(enum purpose purpose, uid_t uid);

/* format.c: flags by name, strings quoted */
enum { FLAGS_SIZE = 192, QUOTED_SIZE = 1024 };
const char *format_clone_flags(char out[FLAGS_SIZE], int kinds);
const char *format_mount_flags(char out[FLAGS_SIZE], unsigned long flags);
const char *quote(char out[QUOTED_SIZE], const char *text);
const char *quote_list(char *out, size_t room, char *const *list);

#endif
