/*
 * The channel to the kernel: see kernel.h. Each function is one system call, its line in the diary, and its end if it fails. Here
 * those about a process: where it lives, and what it may do.
 */
#include "kernel.h"
#include "shim.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A fork that may put the child into namespaces of its own: clone(2) without a stack goes on in a copy of this one. */
pid_t may_clone(int kinds)
{
    char spelled[SPELLED];
    witness(kinds);
    uint64_t began = diary_now();
    pid_t child = (pid_t)syscall(SYS_clone, (unsigned long)kinds | SIGCHLD, 0L, 0L, 0L, 0L);
    if (child != 0) diary("clone", began, child, "%s%sSIGCHLD", kinds ? spell_clone(spelled, kinds) : "", kinds ? "|" : "");
    return child;
}

bool may_setns(int fd, int kind)
{
    char spelled[SPELLED];
    witness(kind);
    uint64_t began = diary_now();
    int result = setns(fd, kind);
    diary("setns", began, result, "%d, %s", fd, spell_clone(spelled, kind));
    return result == 0;
}

void must_setns(int fd, int kind)
{
    char spelled[SPELLED];
    if (!may_setns(fd, kind)) fail("setns", spell_clone(spelled, kind));
}

void must_unshare(int kinds)
{
    char spelled[SPELLED];
    witness(kinds);
    uint64_t began = diary_now();
    int result = unshare(kinds);
    diary("unshare", began, result, "%s", spell_clone(spelled, kinds));
    if (result < 0) fail("unshare", spelled);
}

/* "0" is whoever writes it; its children are born where it is. */
void must_join_cgroup(int procs)
{
    uint64_t began = diary_now();
    ssize_t result = write(procs, "0", 1);
    diary("write", began, result, "%d, \"0\"", procs);
    if (result < 0) fail("write", "cgroup.procs");
}

void must_sethostname(const char *name)
{
    char quoted[QUOTED];
    uint64_t began = diary_now();
    int result = sethostname(name, strlen(name));
    diary("sethostname", began, result, "%s, %zu", quote(quoted, name), strlen(name));
    if (result < 0) fail("sethostname", name);
}

/* A session keyring of its own: what root had put in his before he started us is not for a workload. A kernel may have no keys. */
void must_have_own_keys(void)
{
    enum { JOIN_SESSION_KEYRING = 1 };                  /* include/uapi/linux/keyctl.h */
    uint64_t began = diary_now();
    long result = syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL, 0L, 0L, 0L);
    diary("keyctl", began, result, "KEYCTL_JOIN_SESSION_KEYRING, NULL");
    if (result < 0 && errno != ENOSYS && errno != EPERM) fail("keyctl", "KEYCTL_JOIN_SESSION_KEYRING");
}

bool may_kill(pid_t pid, int signal, const char *spelled)
{
    uint64_t began = diary_now();
    int result = kill(pid, signal);
    diary("kill", began, result, "%d, %s", pid, spelled);
    return result == 0;
}

void must_prctl(int option, unsigned long argument, unsigned long second, const char *spelled)
{
    uint64_t began = diary_now();
    int result = prctl(option, argument, second, 0UL, 0UL);
    diary("prctl", began, result, "%s", spelled);
    if (result < 0) fail("prctl", spelled);
}

/* Permitted and effective; nothing inheritable: a capability for a file that asks is not ours to hand on. */
void must_capset(unsigned long long caps)
{
    struct { unsigned version; int pid; } header = { 0x20080522, 0 };     /* include/uapi/linux/capability.h: version 3 */
    struct { unsigned effective, permitted, inheritable; } data[2] = {
        { (unsigned)caps, (unsigned)caps, 0 }, { (unsigned)(caps >> 32), (unsigned)(caps >> 32), 0 },
    };
    uint64_t began = diary_now();
    long result = syscall(SYS_capset, &header, data);
    diary("capset", began, result, "effective=permitted=%#llx, inheritable=0", caps);
    if (result < 0) fail("capset", NULL);
}

void must_setgroups(size_t count, const gid_t *groups)
{
    uint64_t began = diary_now();
    int result = setgroups(count, groups);
    diary("setgroups", began, result, "%zu groups", count);
    if (result < 0) fail("setgroups", NULL);
}

void must_setgid(gid_t gid)
{
    uint64_t began = diary_now();
    int result = setresgid(gid, gid, gid);
    diary("setresgid", began, result, "%u, %u, %u", gid, gid, gid);
    if (result < 0) fail("setresgid", NULL);
}

void must_setuid(uid_t uid)
{
    uint64_t began = diary_now();
    int result = setresuid(uid, uid, uid);
    diary("setresuid", began, result, "%u, %u, %u", uid, uid, uid);
    if (result < 0) fail("setresuid", NULL);
}
