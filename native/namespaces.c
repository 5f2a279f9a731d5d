/*
 * What a workload joins and what it gets anew, but for the two kinds that need a story of their own: pid (attempt.c, a child is
 * born into one) and mnt (root.c). And how to follow it there.
 */
#include "shim.h"
#include "kernel.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A pid namespace is joined by being born in it, and a mount namespace last (it changes what every path means). */
void join_namespaces(const struct options *o)
{
    const struct { int fd, kind; } wanted[] = { { o->net, CLONE_NEWNET }, { o->ipc, CLONE_NEWIPC }, { o->uts, CLONE_NEWUTS } };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (wanted[i].fd != NO_FD) must_setns(wanted[i].fd, wanted[i].kind);
}

void enter_namespaces(const struct options *o)
{
    join_namespaces(o);
    if (o->pid != NO_FD) must_setns(o->pid, CLONE_NEWPID);
    if (o->mnt != NO_FD) must_setns(o->mnt, CLONE_NEWNS);
}

/* Equivalent to: ip link set lo up. A new network namespace has a loopback that is down, and 127.0.0.1 that does not answer. */
static void loopback_up(void)
{
    struct ifreq lo = { .ifr_name = "lo" };
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (any < 0) fail("socket", "AF_INET");
    if (ioctl(any, SIOCGIFFLAGS, &lo) < 0) fail("ioctl", "SIOCGIFFLAGS lo");
    lo.ifr_flags |= IFF_UP;
    uint64_t began = diary_now();
    int result = ioctl(any, SIOCSIFFLAGS, &lo);
    diary("ioctl", began, result, "%d, SIOCSIFFLAGS, {\"lo\", IFF_UP}", any);
    if (result < 0) fail("ioctl", "SIOCSIFFLAGS lo");
    close(any);
}

void make_namespaces(const struct options *o)
{
    int kinds = o->new_kinds & ~CLONE_NEWPID;           /* clone(2) made that one */
    if (kinds) must_unshare(kinds);
    if (kinds & CLONE_NEWNET) loopback_up();
    if (o->hostname) must_sethostname(o->hostname);
}
