/*
 * The channel to the kernel. Whatever changes something goes through here and nowhere else, is written in the diary as the man
 * page writes it, and does not come back when the kernel says no (`must_`); where a refusal is an answer it is `may_`.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/types.h>

/* The C libraries of our day do not all have these yet. */
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
bool may_kill(pid_t pid, int signal, const char *spelled);
bool may_mkdir(const char *path, mode_t mode);

void must_setns(int fd, int kind);
void must_unshare(int kinds);
void must_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data);
void must_bind(const char *source, const char *target, unsigned long flags);
void must_restrict(const char *target, unsigned long flags);
int  must_open_tree(const char *path);
void must_make_tree_read_only(int tree);
void must_move_mount(int tree, const char *target);
void must_detach(const char *target);
void must_chroot(const char *path);
void must_join_cgroup(int procs);
void must_have_own_keys(void);
void must_sethostname(const char *name);
void must_mkdir(const char *path, mode_t mode);
void must_change_group(const char *path, gid_t gid);
void must_make_file(const char *path);
void must_symlink(const char *to, const char *path);
void must_prctl(int option, unsigned long argument, unsigned long second, const char *spelled);
void must_capset(unsigned long long caps);
void must_setgroups(size_t count, const gid_t *groups);
void must_setgid(gid_t gid);
void must_setuid(uid_t uid);

/* symbols.c: numbers as the headers spell them */
enum { SPELLED = 192, QUOTED = 1024 };
const char *spell_clone(char out[SPELLED], int kinds);
const char *spell_mount(char out[SPELLED], unsigned long flags);
const char *quote(char out[QUOTED], const char *text);
const char *quote_words(char *out, size_t room, char *const *words);

#endif
