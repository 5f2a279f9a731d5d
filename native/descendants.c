/*
 * A process that leaves its command's process group (setsid(2)) outlives the command. A pid namespace ends it; where the command has the
 * host's, the shim adopts it, as its subreaper, and can end it. prctl(2), PR_SET_CHILD_SUBREAPER
 */
#include "shim.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void adopt_descendants(void)
{
    must_prctl(FOR_ADOPT, PR_SET_CHILD_SUBREAPER, 1, 0, "PR_SET_CHILD_SUBREAPER, 1");
}

bool has_children(void)
{
    siginfo_t unused;
    return waitid(P_ALL, 0, &unused, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* proc_pid_task(5). The list may be cut: kill_descendants() asks until it is empty. */
static ssize_t read_children(char *out, size_t room)
{
    char path[48];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t got = read(fd, out, room - 1);
    close(fd);
    out[got > 0 ? got : 0] = '\0';
    return got;
}

/* The children of one that is killed become children of this process, so there may be more after each round. */
void kill_descendants(bool (*is_spared)(pid_t child, const void *of), const void *of)
{
    char list[4096];
    for (bool found = true; found;) {
        found = false;
        if (read_children(list, sizeof list) <= 0) return;
        for (char *rest = list, *end; ; rest = end) {
            pid_t child = (pid_t)strtol(rest, &end, 10);
            if (end == rest) break;
            if (is_spared && is_spared(child, of)) continue;
            found = true;
            may_kill(FOR_KILL_DESCENDANT, child, SIGKILL, "SIGKILL");
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
        }
    }
}

void reap_descendants(bool (*is_spared)(pid_t child, const void *of), const void *of)
{
    for (;;) {
        siginfo_t dead = { 0 };
        if (waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) < 0 || !dead.si_pid) return;
        if (is_spared && is_spared(dead.si_pid, of)) return;
        while (waitpid(dead.si_pid, NULL, 0) < 0 && errno == EINTR) continue;
    }
}
