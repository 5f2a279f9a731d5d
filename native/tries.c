/*
 * The tries of a workload, one after the other: its start, its word, its end, and whether there is another.
 */
#include "minder.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void enter_everything(const struct options *o)
{
    setsid();
    umask(0);
    join_namespaces(o);
    make_namespaces(o);
    if (o->stage) enter_private_root(o);
}

/* Over before its starter has said `stay`: would the record be kept? We wait for the word, or for the end of the starter. */
void end_minding(struct minder *m)
{
    m->phase = control_fd() == NO_FD || m->stopping ? ENDED : LINGERING;
    m->record.state = m->record.failure.error ? "failed" : "exited";
    record_write(&m->record);
}

static bool wants_restart(const struct minder *m)
{
    if (m->stopping) return false;
    if (m->record.failure.error && !m->record.stay) return false;   /* it is told to somebody who can do something about it */
    if (m->record.restarts >= m->options->most_restarts) return false;
    return m->options->restart == ALWAYS || (m->options->restart == ON_FAILURE && m->record.code != 0);
}

static void plan_restart(struct minder *m)
{
    int64_t lived = m->running_since ? now() - m->running_since : 0;
    m->delay = m->record.restarts ? next_delay(m->delay, lived, m->options->backoff) : 0;
    m->date = now() + m->delay;
    m->phase = WAITING;
    m->record.state = "waiting";
    record_write(&m->record);
}

/* Why we ended the last try is said for as long as it is the last: also while the next one runs. */
static void settle(struct minder *m)
{
    struct record *r = &m->record;
    health_end(m);
    r->pid = 0;
    r->finished_at = wall_clock();
    m->date = 0;
    if (!m->ending && !m->stopping) r->note = NULL;
    if (r->failure.error) complain(&r->failure);
    else control_say("exited %d %d\n", r->code, r->signal);
    if (wants_restart(m)) plan_restart(m);
    else end_minding(m);
}

static void settle_failure(struct minder *m, const char *step, const char *what)
{
    m->record.failure = failure_now(BROKEN, step, what);
    m->record.code = BROKEN;
    m->record.signal = 0;
    settle(m);
}

/*
 * A pid namespace is joined by being born in it. Only the workload is to be: were the shim to stay turned that way, its errands
 * would walk about in the pod, where anybody can see and kill them.
 */
static bool turn_to(int pid_namespace, int *home)
{
    *home = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    return *home >= 0 && may_setns(pid_namespace, CLONE_NEWPID);
}

static void turn_home(int home)
{
    int error = errno;
    must_setns(home, CLONE_NEWPID);
    close(home);
    errno = error;
}

void start_try(struct minder *m)
{
    const struct options *o = m->options;
    int home = NO_FD;
    m->record.failure = (struct failure){ 0 };
    m->date = m->running_since = 0;
    m->phase = STARTING;
    m->ending = NOT_ENDING;
    if (o->pid != NO_FD && !turn_to(o->pid, &home)) return settle_failure(m, "setns", "CLONE_NEWPID");
    m->attempt = begin_attempt(o, o->new_kinds & CLONE_NEWPID, enter_everything);
    if (home != NO_FD) turn_home(home);
    if (m->attempt.child < 0) settle_failure(m, "clone", NULL);
}

void hear_report(struct minder *m)
{
    struct record *r = &m->record;
    bool failed = read_report(m->attempt.report, &r->failure);
    close(m->attempt.report);
    m->attempt.report = NO_FD;
    if (failed) return;                                 /* its end follows at once */
    m->phase = RUNNING;
    m->running_since = now();
    r->state = "running";
    r->pid = m->attempt.child;
    r->started_at = wall_clock();
    health_begin(m);
    record_write(r);
    control_say("started %d\n", r->pid);
}

/* In a pid namespace of its own all the rest dies with PID 1. Elsewhere we know its process group, while its number is not yet free. */
static void sweep_up(const struct minder *m)
{
    if (!(m->options->new_kinds & CLONE_NEWPID)) kill(-m->attempt.child, SIGKILL);
}

/* Its errands end before its number is free: they find its namespaces by it. */
void reap_try(struct minder *m)
{
    struct record *r = &m->record;
    siginfo_t dead = { 0 };
    int status;
    if (m->phase != STARTING && m->phase != RUNNING) return;
    if (waitid(P_PID, (id_t)m->attempt.child, &dead, WEXITED | WNOHANG | WNOWAIT) < 0 || !dead.si_pid) return;
    if (m->attempt.report != NO_FD) hear_report(m);
    errands_quit(m);
    sweep_up(m);
    while (waitpid(m->attempt.child, &status, 0) < 0 && errno == EINTR) continue;
    r->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    r->code = r->signal ? BY_SIGNAL + r->signal : WEXITSTATUS(status);
    settle(m);
}
