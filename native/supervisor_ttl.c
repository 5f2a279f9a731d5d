/*
 * The time to live of a finished Job, without a process that watches it: its pods' supervisors stay, and one of them starts the command
 * that takes the pods down.
 *
 * The Job has finished when nobody holds its fifo open for writing any more: each shim does until it ends, however, and each supervisor
 * until it has let go its last shim. So a supervisor or a shim that was killed delays nobody.
 */
#include "detached.h"
#include "supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool has_finished(void)
{
    struct pollfd fifo = { pod.ttl.fifo, 0, 0 };
    return poll(&fifo, 1, 0) == 1;
}

/* False: it must not be waited for, and TERM ends the supervisor also while it waits. */
static bool wait_for(int fd, short events, int signals)
{
    struct pollfd set[2] = { { signals, POLLIN, 0 }, { fd, events, 0 } };
    if (fd < 0) return false;
    do {
        if (poll(set, 2, -1) < 0 && errno != EINTR) return false;
        if (set[0].revents) exit(0);
    } while (!set[1].revents);
    return true;
}

/* That the Job has failed concerns nobody any more: one of its containers that is restarted now is to run. */
static void drain(void)
{
    char byte[64];
    while (read(pod.ttl.fifo, byte, sizeof byte) > 0) continue;
}

/* Time in which the machine sleeps counts. */
static bool let_time_pass(int signals)
{
    const struct itimerspec once = { .it_value = { .tv_sec = pod.ttl.seconds } };
    if (!pod.ttl.seconds) return true;
    int timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
    bool has_passed = timer >= 0 && timerfd_settime(timer, 0, &once, NULL) == 0 && wait_for(timer, POLLIN, signals);
    if (timer >= 0) close(timer);
    return has_passed;
}

/* The command ends this supervisor by TERM, like any `down`. It does not where the pods are not to go after all. */
static bool run_command(int signals)
{
    pid_t child = fork();
    if (child == 0) become_detached(pod.ttl.command);
    if (child < 0) return false;
    int process = (int)syscall(SYS_pidfd_open, child, 0U);
    bool has_ended = wait_for(process, POLLIN, signals);
    if (process >= 0) close(process);
    if (has_ended) waitpid(child, NULL, 0);
    return has_ended;
}

/*
 * All supervisors of the Job come here at the same time. The first to have the lock of the fifo starts the command, and the others leave
 * it to that one. Where a container was restarted meanwhile, the time begins anew when that has ended.
 */
void remove_when_finished(int signals)
{
    if (pod.ttl.fifo == NO_FD) return;
    if (pod.job != NO_FD) close(pod.job);
    while (wait_for(pod.ttl.fifo, 0, signals)) {
        drain();
        if (!let_time_pass(signals)) return;
        if (!has_finished()) continue;
        if (flock(pod.ttl.fifo, LOCK_EX | LOCK_NB) < 0) return;
        if (!run_command(signals) || has_finished()) return;
        flock(pod.ttl.fifo, LOCK_UN);
    }
}
