/*
 * The other end of an HTTPS action: openssl(1), because the shim has no TLS library. It is this machine's program, in the workload's network
 * namespace and as nobody: what it talks to is not trusted. Like the kubelet it checks no certificate.
 */
#include "monitor.h"
#include "syscalls.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define OPENSSL "/usr/bin/openssl"              /* src/translate/handlers.ts refuses the probe where it is not */

enum { NOBODY = 65534 };

/* A change of ids takes PR_SET_PDEATHSIG back, so that comes after it. */
static _Noreturn void become_client(const char *address, int stream, pid_t parent)
{
    char *command[] = { "openssl", "s_client", "-quiet", "-connect", (char *)address, NULL }, *environment[] = { NULL };
    transcript_after_fork();
    if (dup2(stream, STDIN_FILENO) < 0 || dup2(stream, STDOUT_FILENO) < 0) _exit(SHIM_FAILED);
    must_setgroups(FOR_GROUPS, 0, NULL);
    must_setgid(FOR_GID, NOBODY);
    must_setuid(FOR_UID, NOBODY);
    must_prctl(FOR_NO_NEW_PRIVS, PR_SET_NO_NEW_PRIVS, 1, 0, "PR_SET_NO_NEW_PRIVS, 1");
    die_with(parent);
    execve(OPENSSL, command, environment);
    _exit(SHIM_FAILED);
}

int connect_tls(const struct handler *h)
{
    int ends[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) return -1;
    pid_t child = may_clone(FOR_TLS_CLIENT, 0);
    if (child == 0) become_client(h->host, ends[1], parent);
    close(ends[1]);
    return child < 0 ? -1 : ends[0];
}
