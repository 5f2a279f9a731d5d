/*
 * Drops privileges. The order matters: dropping from the bounding set needs CAP_SETPCAP, setgroups(2) needs CAP_SETGID, and a change
 * of uid away from 0 clears the effective and permitted sets. So: bounding set, groups, gid, uid, then the process's own sets.
 */
#include "shim.h"
#include "syscalls.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* False beyond the last capability that the kernel knows. In a container, some are not held any more. */
static bool is_known(int cap, bool *held)
{
    int answer = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
    if (answer < 0 && errno != EINVAL) fail("prctl", "PR_CAPBSET_READ");
    *held = answer == 1;
    return answer >= 0;
}

/* One line in the transcript for some two dozen calls, one for each capability. */
static void limit_bounding_set(uint64_t caps)
{
    uint64_t began = monotonic_ns();
    int dropped = 0;
    bool held;
    for (int cap = 0; is_known(cap, &held); cap++) {
        if (caps >> cap & 1 || !held) continue;
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) fail("prctl", "PR_CAPBSET_DROP");
        dropped++;
    }
    transcript_write(FOR_BOUNDING_SET, "prctl", began, 0, "PR_CAPBSET_DROP, each outside %#llx: %d calls", (unsigned long long)caps, dropped);
}

static uint64_t permitted_now(void)
{
    struct { unsigned version; int pid; } header = { 0x20080522, 0 };       /* include/uapi/linux/capability.h: version 3 */
    struct { unsigned effective, permitted, inheritable; } data[2];
    if (syscall(SYS_capget, &header, data) < 0) fail("capget", NULL);
    return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

void limit_privileges(const struct options *o)
{
    uint64_t caps = o->privileged ? ~0ULL : o->caps;
    if (!o->privileged) limit_bounding_set(caps);
    must_setgroups(FOR_GROUPS, (size_t)o->groups.count, o->groups.list);
    must_setgid(FOR_GID, o->gid);
    must_setuid(FOR_UID, o->uid);
    must_prctl(FOR_AMBIENT_SET, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, "PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL");
    must_capset(FOR_CAPABILITIES, caps & permitted_now());
    if (o->no_new_privileges) must_prctl(FOR_NO_NEW_PRIVS, PR_SET_NO_NEW_PRIVS, 1, 0, "PR_SET_NO_NEW_PRIVS, 1");
}
