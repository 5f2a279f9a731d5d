/*
 * Wrappers of the system calls that change something. Each writes the call to the transcript as strace(1) would. A `must_` function
 * ends the process with fail() when the call fails; a `may_` function returns the result, where failure is expected.
 */
#ifndef SYSCALLS_H
#define SYSCALLS_H

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

pid_t may_clone(int kinds);
bool may_setns(int fd, int kind);
bool may_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data);
bool may_pivot_root(void);
bool may_kill(pid_t pid, int signal, const char *text);
bool may_mkdir(const char *path, mode_t mode);

void must_setns(int fd, int kind);
void must_unshare(int kinds);
void must_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data);
void must_bind(const char *source, const char *target, unsigned long flags);
void must_remount(const char *target, unsigned long flags);
int  must_open_tree(const char *path);
void must_set_tree_read_only(int tree);
void must_move_mount(int tree, const char *target);
void must_umount_detached(const char *target);
void must_chroot(const char *path);
void must_join_cgroup(int procs);
void must_join_session_keyring(void);
void must_sethostname(const char *name);
void must_mkdir(const char *path, mode_t mode);
void must_chown_group(const char *path, gid_t gid);
void must_mknod_file(const char *path);
void must_symlink(const char *to, const char *path);
void must_prctl(int option, unsigned long argument, unsigned long second, const char *text);
void must_capset(unsigned long long caps);
void must_setgroups(size_t count, const gid_t *groups);
void must_setgid(gid_t gid);
void must_setuid(uid_t uid);

/* format.c: flags by name, strings quoted */
enum { FLAGS_SIZE = 192, QUOTED_SIZE = 1024 };
const char *format_clone_flags(char out[FLAGS_SIZE], int kinds);
const char *format_mount_flags(char out[FLAGS_SIZE], unsigned long flags);
const char *quote(char out[QUOTED_SIZE], const char *text);
const char *quote_list(char *out, size_t room, char *const *list);

#endif
