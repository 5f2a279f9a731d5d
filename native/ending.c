/*
 * How a workload is ended: its pre-stop hook, TERM, patience, KILL. For good where somebody says so or its time is over; else, as
 * after a failed probe, the restart policy has the next word. The grace period begins with the hook.
 */
#include "minder.h"
#include "kernel.h"

#include <signal.h>

enum { LAST_GRACE = 2000 };     /* kubelet: minimumGracePeriodInSeconds: what a hook leaves to the workload, however long it took */

static void kill_now(struct minder *m)
{
    m->date = 0;
    may_kill(m->attempt.child, SIGKILL, "SIGKILL");
}

/* A signal that PID 1 of a pid namespace has not asked for never reaches it: to wait for an answer would be to wait in vain. */
static bool is_deaf(const struct minder *m)
{
    return m->options->new_kinds & CLONE_NEWPID && !is_caught(m->attempt.child, SIGTERM);
}

void ask_try(struct minder *m)
{
    if (m->ending == HOOK_FIRST && m->date < now() + LAST_GRACE) m->date = now() + LAST_GRACE;
    m->ending = ASKED;
    if (!is_deaf(m)) {
        may_kill(m->attempt.child, SIGTERM, "SIGTERM");
        return;
    }
    if (!m->record.note) m->record.note = "does not catch TERM";
    diary("note", diary_now(), 0, "%d does not catch TERM", m->attempt.child);
    record_write(&m->record);
    kill_now(m);
}

static void say_why(struct minder *m, const char *why)
{
    if (!why) return;
    m->record.note = why;
    diary("note", diary_now(), 0, "%d %s", m->attempt.child, why);
}

/* A second reason for what is under way can only hasten it. */
static void hasten(struct minder *m, const char *why, int64_t grace)
{
    if (m->date > now() + grace) m->date = now() + grace;
    say_why(m, why);
    record_write(&m->record);
}

void end_try(struct minder *m, const char *why, int64_t grace)
{
    if (m->ending) return hasten(m, why, grace);
    errands_quit(m);
    m->record.note = NULL;
    say_why(m, why);
    m->record.ready = false;
    m->date = now() + grace;
    if (grace && is_errand(m, PRE_STOP)) {
        m->ending = HOOK_FIRST;
        errand_from(m, PRE_STOP, now());
    }
    record_write(&m->record);
    if (m->ending != HOOK_FIRST) ask_try(m);
}

void lose_patience(struct minder *m)
{
    if (m->ending != HOOK_FIRST) return kill_now(m);
    errands_quit(m);
    diary("note", diary_now(), 0, "%d pre-stop hook took too long", m->attempt.child);
    ask_try(m);
}

void kill_at_once(struct minder *m)
{
    m->stopping = true;
    m->date = 0;
    if (m->phase == STARTING || m->phase == RUNNING) kill_now(m);
    else if (m->phase < LINGERING) end_minding(m);
    else m->phase = ENDED;
}

void stop(struct minder *m, const char *why)
{
    if (m->stopping) return;
    m->stopping = true;
    if (m->phase == RUNNING) return end_try(m, why, m->options->grace);
    if (why) m->record.note = why;
    kill_at_once(m);
}
