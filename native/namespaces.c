/*
 * Joins and creates namespaces. Two kinds are handled elsewhere: lifecycle.c and attempt.c let a child be born in a pid namespace,
 * root.c makes the mount namespace.
 */
#include "shim.h"
#include "syscalls.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

void join_namespaces(const struct options *o)
{
    const struct { int fd, kind; enum purpose purpose; } wanted[] = {
        { o->net, CLONE_NEWNET, FOR_JOIN_NET }, { o->ipc, CLONE_NEWIPC, FOR_JOIN_IPC }, { o->uts, CLONE_NEWUTS, FOR_JOIN_UTS },
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (wanted[i].fd != NO_FD) must_setns(wanted[i].purpose, wanted[i].fd, wanted[i].kind);
}

/* The mount namespace comes last, because it changes what every path means. */
void join_all_namespaces(const struct options *o)
{
    join_namespaces(o);
    if (o->pid != NO_FD) must_setns(FOR_JOIN_PID, o->pid, CLONE_NEWPID);
    if (o->mnt != NO_FD) must_setns(FOR_JOIN_MNT, o->mnt, CLONE_NEWNS);
}

/* Equivalent to: ip link set lo up. In a new network namespace the loopback is down and 127.0.0.1 unreachable. */
static void loopback_up(void)
{
    struct ifreq lo = { .ifr_name = "lo" };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket", "AF_INET");
    if (ioctl(fd, SIOCGIFFLAGS, &lo) < 0) fail("ioctl", "SIOCGIFFLAGS lo");
    lo.ifr_flags |= IFF_UP;
    uint64_t began = monotonic_ns();
    int result = ioctl(fd, SIOCSIFFLAGS, &lo);
    transcript_write(FOR_LOOPBACK_UP, "ioctl", began, result, "%d, SIOCSIFFLAGS, {\"lo\", IFF_UP}", fd);
    if (result < 0) fail("ioctl", "SIOCSIFFLAGS lo");
    close(fd);
}

void unshare_namespaces(const struct options *o)
{
    int kinds = o->new_kinds & ~CLONE_NEWPID;           /* made by clone(2) */
    if (kinds) must_unshare(FOR_NEW_NAMESPACES, kinds);
    if (kinds & CLONE_NEWNET) loopback_up();
    if (o->hostname) must_sethostname(FOR_HOSTNAME, o->hostname);
}
