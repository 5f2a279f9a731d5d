/*
 * Stops an attempt: pre-stop hook, TERM, grace period, KILL. The grace period begins with the hook. A stop request or an exceeded
 * deadline is final; after a failed probe the restart policy decides.
 */
#include "monitor.h"
#include "syscalls.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { MIN_GRACE = 2000 };      /* kubelet: minimumGracePeriodInSeconds, left to the workload however long the hook ran */

static void note(const struct monitor *m, const char *text)
{
    transcript_write(FOR_STOP_REASON, "note", monotonic_ns(), 0, "%d %s", m->attempt.child, text);
}

static void kill_now(struct monitor *m)
{
    m->timer = 0;
    may_kill(FOR_KILL_WORKLOAD, m->attempt.child, SIGKILL, "SIGKILL");
}

/* The kernel drops a signal that PID 1 of a pid namespace has no handler for, so waiting for its effect would be in vain. */
static bool ignores(const struct monitor *m, int signal)
{
    return m->options->new_kinds & CLONE_NEWPID && signal != SIGKILL && signal != SIGSTOP && !is_caught(m->attempt.child, signal);
}

void send_term(struct monitor *m)
{
    if (m->stop_phase == PRE_STOP_HOOK && m->timer < now() + MIN_GRACE) m->timer = now() + MIN_GRACE;
    m->stop_phase = TERM_SENT;
    int wanted = m->options->stop_signal ? (int)m->options->stop_signal : SIGTERM;
    if (!ignores(m, wanted)) {
        char number[16];
        snprintf(number, sizeof number, "%d", wanted);
        may_kill(FOR_STOP_WORKLOAD, m->attempt.child, wanted, wanted == SIGTERM ? "SIGTERM" : number);
        return;
    }
    const char *why = wanted == SIGTERM ? "does not catch TERM" : "does not catch its stop signal";
    if (!m->record.note) m->record.note = why;
    note(m, why);
    record_write(&m->record);
    kill_now(m);
}

static void note_reason(struct monitor *m, const char *why)
{
    if (!why) return;
    m->record.note = why;
    note(m, why);
}

/* A second reason to stop can only shorten the grace period. */
static void shorten_grace(struct monitor *m, const char *why, int64_t grace)
{
    if (m->timer > now() + grace) m->timer = now() + grace;
    note_reason(m, why);
    record_write(&m->record);
}

void stop_attempt(struct monitor *m, const char *why, int64_t grace)
{
    if (m->stop_phase) return shorten_grace(m, why, grace);
    handlers_cancel(m);
    m->record.note = NULL;
    note_reason(m, why);
    m->record.ready = false;
    m->timer = now() + grace;
    if (grace && has_handler(m, PRE_STOP)) {
        m->stop_phase = PRE_STOP_HOOK;
        schedule_handler(m, PRE_STOP, now());
    }
    record_write(&m->record);
    if (m->stop_phase != PRE_STOP_HOOK) send_term(m);
}

void stop_timer_expired(struct monitor *m)
{
    if (m->stop_phase != PRE_STOP_HOOK) return kill_now(m);
    handlers_cancel(m);
    note(m, "pre-stop hook took too long");
    send_term(m);
}

/*
 * A workload that ends before `stay`: the shim waits for that word or the creator's end, so that the record says whether it is kept. One
 * that was never started stays `created`.
 */
void finish(struct monitor *m)
{
    fail_job(m);
    if (m->phase != CREATED) m->record.state = m->record.failure.error ? "failed" : "exited";
    m->phase = control_fd() == NO_FD || m->on_request ? DONE : AWAITING_STAY;
    record_write(&m->record);
    control_send("ended\n");
}

void kill_for_good(struct monitor *m)
{
    m->no_restart = true;
    m->timer = 0;
    if (m->phase == STARTING || m->phase == RUNNING) kill_now(m);
    else if (m->phase < AWAITING_STAY) finish(m);
    else m->phase = DONE;
}

void stop_for_good(struct monitor *m, const char *why)
{
    if (m->no_restart) return;
    m->no_restart = true;
    control_send("stopping\n");                       /* what it exits with does not count as its own success */
    if (m->phase == RUNNING) return stop_attempt(m, why, m->options->grace);
    if (why) m->record.note = why;
    kill_for_good(m);
}
