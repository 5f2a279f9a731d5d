/*
 * System calls on the process: namespaces, cgroup, privileges. See syscalls.h.
 */
#include "syscalls.h"
#include "shim.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A fork whose child may be born in new namespaces: without a stack argument, clone(2) copies the caller's. */
pid_t may_clone(enum purpose purpose, int kinds)
{
    char text[FLAGS_SIZE];
    evidence_before(kinds);
    uint64_t began = monotonic_ns();
    pid_t child = (pid_t)syscall(SYS_clone, (unsigned long)kinds | SIGCHLD, 0L, 0L, 0L, 0L);
    if (child != 0) transcript_write(purpose, "clone", began, child, "%s%sSIGCHLD", kinds ? format_clone_flags(text, kinds) : "", kinds ? "|" : "");
    return child;
}

bool may_setns(enum purpose purpose, int fd, int kind)
{
    char text[FLAGS_SIZE];
    evidence_before(kind);
    uint64_t began = monotonic_ns();
    int result = setns(fd, kind);
    transcript_write(purpose, "setns", began, result, "%d, %s", fd, format_clone_flags(text, kind));
    return result == 0;
}

void must_setns(enum purpose purpose, int fd, int kind)
{
    char text[FLAGS_SIZE];
    if (!may_setns(purpose, fd, kind)) fail("setns", format_clone_flags(text, kind));
}

void must_unshare(enum purpose purpose, int kinds)
{
    char text[FLAGS_SIZE];
    evidence_before(kinds);
    uint64_t began = monotonic_ns();
    int result = unshare(kinds);
    transcript_write(purpose, "unshare", began, result, "%s", format_clone_flags(text, kinds));
    if (result < 0) fail("unshare", text);
}

/* "0" means the writing process. Its children are born in its cgroup. */
void must_join_cgroup(enum purpose purpose, int procs)
{
    uint64_t began = monotonic_ns();
    ssize_t result = write(procs, "0", 1);
    transcript_write(purpose, "write", began, result, "%d, \"0\"", procs);
    if (result < 0) fail("write", "cgroup.procs");
}

void must_sethostname(enum purpose purpose, const char *name)
{
    char quoted[QUOTED_SIZE];
    uint64_t began = monotonic_ns();
    int result = sethostname(name, strlen(name));
    transcript_write(purpose, "sethostname", began, result, "%s, %zu", quote(quoted, name), strlen(name));
    if (result < 0) fail("sethostname", name);
}

/* An empty session keyring: a workload must not inherit root's keys. ENOSYS, EPERM: a kernel or container without keyrings. */
void must_join_session_keyring(enum purpose purpose)
{
    enum { JOIN_SESSION_KEYRING = 1 };                  /* include/uapi/linux/keyctl.h */
    uint64_t began = monotonic_ns();
    long result = syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL, 0L, 0L, 0L);
    transcript_write(purpose, "keyctl", began, result, "KEYCTL_JOIN_SESSION_KEYRING, NULL");
    if (result < 0 && errno != ENOSYS && errno != EPERM) fail("keyctl", "KEYCTL_JOIN_SESSION_KEYRING");
}

bool may_kill(enum purpose purpose, pid_t pid, int signal, const char *text)
{
    uint64_t began = monotonic_ns();
    int result = kill(pid, signal);
    transcript_write(purpose, "kill", began, result, "%d, %s", pid, text);
    return result == 0;
}

void must_prctl(enum purpose purpose, int option, unsigned long argument, unsigned long second, const char *text)
{
    uint64_t began = monotonic_ns();
    int result = prctl(option, argument, second, 0UL, 0UL);
    transcript_write(purpose, "prctl", began, result, "%s", text);
    if (result < 0) fail("prctl", text);
}

/* Sets permitted and effective. The inheritable set is empty, so no capability passes to programs with file capabilities. */
void must_capset(enum purpose purpose, unsigned long long caps)
{
    struct { unsigned version; int pid; } header = { 0x20080522, 0 };     /* include/uapi/linux/capability.h: version 3 */
    struct { unsigned effective, permitted, inheritable; } data[2] = {
        { (unsigned)caps, (unsigned)caps, 0 }, { (unsigned)(caps >> 32), (unsigned)(caps >> 32), 0 },
    };
    uint64_t began = monotonic_ns();
    long result = syscall(SYS_capset, &header, data);
    transcript_write(purpose, "capset", began, result, "effective=permitted=%#llx, inheritable=0", caps);
    if (result < 0) fail("capset", NULL);
}

void must_setgroups(enum purpose purpose, size_t count, const gid_t *groups)
{
    uint64_t began = monotonic_ns();
    int result = setgroups(count, groups);
    transcript_write(purpose, "setgroups", began, result, "%zu groups", count);
    if (result < 0) fail("setgroups", NULL);
}

void must_setgid(enum purpose purpose, gid_t gid)
{
    uint64_t began = monotonic_ns();
    int result = setresgid(gid, gid, gid);
    transcript_write(purpose, "setresgid", began, result, "%u, %u, %u", gid, gid, gid);
    if (result < 0) fail("setresgid", NULL);
}

void must_setuid(enum purpose purpose, uid_t uid)
{
    uint64_t began = monotonic_ns();
    int result = setresuid(uid, uid, uid);
    transcript_write(purpose, "setresuid", began, result, "%u, %u, %u", uid, uid, uid);
    if (result < 0) fail("setresuid", NULL);
}
