/*
 * The attempts of a workload, one after the other: start, report, reap, and by the restart policy the next one or the end.
 */
#include "monitor.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void enter_environment(const struct options *o)
{
    setsid();
    umask(0);
    join_namespaces(o);
    unshare_namespaces(o);
    if (o->stage) enter_private_root(o);
}

/* A failure before the pod was committed is final: its creator reports it. */
static bool may_restart(const struct monitor *m)
{
    if (m->no_restart) return false;
    if (m->record.failure.error && !m->record.stay) return false;
    if (verdict_on(m) >= FINAL) return false;
    if (m->options->restart == NEVER || (m->options->restart == ON_FAILURE && m->record.code == 0)) return false;
    return !exceeds_limit(m);
}

static void schedule_restart(struct monitor *m)
{
    int64_t lived = m->running_since ? now() - m->running_since : 0;
    m->backoff_delay = m->record.restarts ? next_delay(m->backoff_delay, lived, m->options->backoff) : 0;
    m->timer = now() + m->backoff_delay;
    m->phase = BACKOFF;
    m->uncounted += verdict_on(m) == UNCOUNTED;
    m->record.state = "waiting";
    record_write(&m->record);
    control_send("again\n");
}

/* The note says why the shim stopped the last attempt. It stays in the record while the next attempt runs. */
static void attempt_ended(struct monitor *m)
{
    struct record *r = &m->record;
    health_end(m);
    r->pid = 0;
    r->finished_at = wall_clock_ms();
    m->timer = 0;
    if (!m->stop_phase && !m->no_restart) r->note = NULL;
    if (r->failure.error) report_failure(&r->failure);
    else control_send("exited %d %d\n", r->code, r->signal);
    if (may_restart(m)) schedule_restart(m);
    else finish(m);
}

static void attempt_failed(struct monitor *m, const char *step, const char *what)
{
    m->record.failure = failure_now(SHIM_FAILED, step, what);
    m->record.code = SHIM_FAILED;
    m->record.signal = 0;
    attempt_ended(m);
}

/*
 * setns(2) with CLONE_NEWPID changes the pid namespace of children only. It is reverted after the fork, so that handlers stay in the
 * host's pid namespace: in the pod's, any of its processes could see and kill them.
 */
static bool set_child_pidns(int pid_namespace, int *home)
{
    *home = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    return *home >= 0 && may_setns(FOR_CHILD_PIDNS, pid_namespace, CLONE_NEWPID);
}

static void reset_child_pidns(int home)
{
    int error = errno;
    must_setns(FOR_RESET_CHILD_PIDNS, home, CLONE_NEWPID);
    close(home);
    errno = error;
}

void start_attempt(struct monitor *m)
{
    const struct options *o = m->options;
    int home = NO_FD;
    m->record.failure = (struct failure){ 0 };
    m->timer = m->running_since = 0;
    m->phase = STARTING;
    m->stop_phase = NOT_STOPPING;
    if (o->pid != NO_FD && !set_child_pidns(o->pid, &home)) return attempt_failed(m, "setns", "CLONE_NEWPID");
    m->attempt = fork_attempt(o, o->new_kinds & CLONE_NEWPID, enter_environment);
    if (home != NO_FD) reset_child_pidns(home);
    if (m->attempt.child < 0) attempt_failed(m, "clone", NULL);
}

void handle_report(struct monitor *m)
{
    struct record *r = &m->record;
    bool failed = read_report(m->attempt.report, &r->failure);
    close(m->attempt.report);
    m->attempt.report = NO_FD;
    if (failed) return;                                 /* the child exits next */
    m->phase = RUNNING;
    m->running_since = now();
    r->state = "running";
    r->pid = m->attempt.child;
    r->started_at = wall_clock_ms();
    health_begin(m);
    record_write(r);
    control_send("started %d\n", r->pid);
}

/* PID 1 of a new pid namespace takes all of it along. Elsewhere the process group is killed, while its number is still reserved. */
static void kill_process_group(const struct monitor *m)
{
    if (!(m->options->new_kinds & CLONE_NEWPID)) kill(-m->attempt.child, SIGKILL);
}

bool has_host_pidns(const struct options *o)
{
    return o->pid == NO_FD && !(o->new_kinds & CLONE_NEWPID);
}

/* They are reaped by name: what remains among the children was adopted. */
static bool is_own_child(pid_t child, const void *monitor)
{
    const struct monitor *m = monitor;
    for (const struct handler_run *run = m->handlers; run < m->handlers + HANDLER_KINDS; run++)
        if (run->child == child) return true;
    return child == m->attempt.child;
}

void reap_adopted(const struct monitor *m)
{
    reap_descendants(is_own_child, m);
}

/* Handlers end before the pid is released, because they find the workload's namespaces by it. */
void reap_attempt(struct monitor *m)
{
    struct record *r = &m->record;
    siginfo_t dead = { 0 };
    int status;
    if (m->phase != STARTING && m->phase != RUNNING) return;
    if (waitid(P_PID, (id_t)m->attempt.child, &dead, WEXITED | WNOHANG | WNOWAIT) < 0 || !dead.si_pid) return;
    if (m->attempt.report != NO_FD) handle_report(m);
    handlers_cancel(m);
    kill_process_group(m);
    while (waitpid(m->attempt.child, &status, 0) < 0 && errno == EINTR) continue;
    if (has_host_pidns(m->options)) kill_descendants(is_own_child, m);
    r->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    r->code = r->signal ? BY_SIGNAL + r->signal : WEXITSTATUS(status);
    attempt_ended(m);
}
