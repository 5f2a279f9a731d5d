/*
 * relay: reads packets or netlink messages from sockets that its creator has opened in other namespaces, and writes them to standard
 * output as blocks of pcapng. Node's event loop takes no such descriptors.
 *
 *     relay packets SIZE BLOCKS LIMIT FILTER [INDEX DESCRIPTION]…
 *     relay messages NAME…
 *     relay -v                                 prints its version
 *
 * Descriptors: CONTROL_FD, a socket, and from SOURCE_FD on those that it reads. It ends at end-of-file on CONTROL_FD, so also when its
 * creator is killed; when nobody reads its output; and at its limit. It enters no namespace, opens no file, and keeps no privilege.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "descriptors.h"
#include "relay.h"

enum { NOBODY = 65534, MOST_SOURCES = 16, PATIENCE = 2 };

static _Noreturn void usage(void)
{
    fputs("usage: relay packets SIZE BLOCKS LIMIT FILTER [INDEX DESCRIPTION]... | relay messages NAME... | relay -v\n", stderr);
    exit(USAGE);
}

static unsigned long long parse_number(const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || value > INT32_MAX) usage();
    return value;
}

/* In a user namespace there may be no such user: what counts is that no capability is left. */
static void drop_privileges(void)
{
    struct { unsigned version; int pid; } header = { 0x20080522, 0 };       /* include/uapi/linux/capability.h: version 3 */
    struct { unsigned effective, permitted, inheritable; } none[2] = { { 0 } };
    bool is_nobody = setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0;
    if (!is_nobody) errno = 0;
    if (syscall(SYS_capset, &header, none) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) exit(FAILED);
}

static void give_up_soon(int signal)
{
    (void)signal;
    alarm(PATIENCE);
}

/*
 * End-of-file on CONTROL_FD says that the creator has ended. Where a reader that does not read keeps us from seeing it, we end a moment
 * later all the same.
 */
static void end_with_creator(void)
{
    sigaction(SIGTERM, &(struct sigaction){ .sa_handler = give_up_soon, .sa_flags = SA_RESTART }, NULL);
    signal(SIGALRM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

bool wait_for_source(int sources, int milliseconds, int *error)
{
    struct pollfd set[1 + MOST_SOURCES] = { { CONTROL_FD, POLLIN, 0 } };
    for (int at = 0; at < sources; at++) set[1 + at] = (struct pollfd){ SOURCE_FD + at, POLLIN, 0 };
    if (poll(set, 1 + (nfds_t)sources, milliseconds) < 0) return errno != EINTR;
    for (int at = 0; error && at < sources; at++) {
        socklen_t size = sizeof *error;
        if (set[1 + at].revents & POLLERR) getsockopt(SOURCE_FD + at, SOL_SOCKET, SO_ERROR, error, &size);
    }
    return set[0].revents || (error && *error);
}

static void report(struct summary summary)
{
    int error = write_errno && write_errno != EPIPE ? write_errno : summary.error;
    dprintf(CONTROL_FD, "captured %llu received %llu dropped %llu errno %d\n", (unsigned long long)summary.captured,
            (unsigned long long)summary.received, (unsigned long long)summary.dropped, error);
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "-v")) return puts("relay " NSLAB_VERSION) < 0;
    bool packets = argc >= 6 && argc % 2 == 0 && !strcmp(argv[1], "packets");
    bool messages = argc >= 3 && argc - 2 <= MOST_SOURCES && !strcmp(argv[1], "messages");
    if (!packets && !messages) usage();

    drop_privileges();
    end_with_creator();
    if (messages) return report(relay_messages(argv + 2, argc - 2)), DONE;
    struct ring ring = { parse_number(argv[2]), parse_number(argv[3]), parse_number(argv[4]) };
    announce_links(argv + 6, argc - 6, argv[5]);
    return report(relay_packets(ring)), DONE;
}
