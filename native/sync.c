/*
 * Services follow what is ready without a process that watches: the shim whose workload became ready, or not ready any more, starts
 * `nslab sync` once. Only while the state directory has Services.
 *
 * The shim's environment is the workload's, and a manifest that sets NODE_OPTIONS or LD_PRELOAD must not run anything as root on the
 * host by it: what is started gets fixed words, no environment, no descriptor and a session of its own. It is never waited for: as any
 * descendant it is reaped when it has ended.
 */
#include "shim.h"
#include "syscalls.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct sync *wanted;
static bool was_ready;

void sync_open(const struct sync *sync)
{
    wanted = sync;
}

static _Noreturn void start(char *const *argv)
{
    static char *const no_environment[] = { NULL };
    sigset_t none;
    /* First of all: an open record would look like a second shim. */
    syscall(SYS_close_range, 0U, ~0U, 0U);
    for (int fd = 0; fd < 3; fd++) open("/dev/null", O_RDWR);
    for (int signal = 1; signal < NSIG; signal++) (void)!sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    if (chdir("/") == 0) execve(argv[0], argv, no_environment);
    _exit(127);
}

/* To be called with each record that was written: readers are to find in it what changed. */
void sync_if_changed(const struct record *r)
{
    bool is_ready = r->ready && !strcmp(r->state, "running");
    if (!wanted || wanted->count < 2 || is_ready == was_ready) return;
    was_ready = is_ready;
    if (access(wanted->words[0], F_OK) == 0 && fork() == 0) start((char *const *)wanted->words + 1);
}
