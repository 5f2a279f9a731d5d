/*
 * What comes of the errands, by the kubelet's rules: after the post-start hook the startup probe, after that the workload has
 * started, and liveness and readiness begin. A result counts when it has come often enough in a row.
 */
#include "minder.h"

static const struct { const char *name, *failed; } errand_names[WHENS] = {
    [POST_START] = { "post-start hook", "post-start hook failed" },
    [PRE_STOP] = { "pre-stop hook", NULL },
    [STARTUP] = { "startup probe", "startup probe failed" },
    [LIVENESS] = { "liveness probe", "liveness probe failed" },
    [READINESS] = { "readiness probe", NULL },
};

static void note(const struct minder *m, const char *subject, const char *what, const char *how)
{
    diary("note", diary_now(), 0, "%d %s%s%s", m->attempt.child, subject, what, how);
}

/* Delays are counted from the start of the program, however long the hook or the startup probe took. */
static void begin_probe(struct minder *m, enum when when)
{
    errand_from(m, when, m->running_since + m->options->errands.of[when].delay);
}

static void has_started(struct minder *m)
{
    m->record.started = true;
    m->record.ready = !is_errand(m, READINESS);
    begin_probe(m, LIVENESS);
    begin_probe(m, READINESS);
}

static void has_begun(struct minder *m)
{
    has_started(m);
    record_write(&m->record);
    control_say("begun\n");
    note(m, "", "begun", "");
}

void health_begin(struct minder *m)
{
    if (is_errand(m, POST_START)) errand_from(m, POST_START, now());
    else if (is_errand(m, STARTUP)) begin_probe(m, STARTUP);
    else has_started(m);
}

void health_end(struct minder *m)
{
    errands_quit(m);
    m->record.started = m->record.ready = false;
}

static void fail_workload(struct minder *m, enum when when)
{
    const struct errand *e = &m->options->errands.of[when];
    end_try(m, errand_names[when].failed, e->grace < 0 ? m->options->grace : e->grace);
}

static void hook_ended(struct minder *m, enum when when, bool succeeded, const char *how)
{
    note(m, errand_names[when].name, succeeded ? " done" : " failed: ", succeeded ? "" : how);
    if (when == PRE_STOP) ask_try(m);
    else if (!succeeded) fail_workload(m, when);
    else if (is_errand(m, STARTUP)) begin_probe(m, STARTUP);
    else has_begun(m);
}

static void set_ready(struct minder *m, bool ready)
{
    if (m->record.ready == ready) return;
    m->record.ready = ready;
    record_write(&m->record);
    note(m, ready ? "" : "not ", "ready", "");
}

/* True when it has come often enough in a row to mean something. */
static bool counts(struct minder *m, enum when when, bool succeeded, const char *how)
{
    const struct errand *wanted = &m->options->errands.of[when];
    struct errand_run *e = &m->errands[when];
    bool is_news = !e->judged || e->succeeded != succeeded;
    e->streak = is_news ? 1 : e->streak + 1;
    e->judged = true;
    e->succeeded = succeeded;
    if (is_news && !succeeded) note(m, errand_names[when].name, ": ", how);
    return e->streak >= (succeeded ? wanted->success : wanted->failure);
}

void errand_ended(struct minder *m, enum when when, bool succeeded, const char *how)
{
    if (when == POST_START || when == PRE_STOP) return hook_ended(m, when, succeeded, how);
    if (!counts(m, when, succeeded, how)) return;
    if (when == READINESS) set_ready(m, succeeded);
    else if (!succeeded) fail_workload(m, when);
    else if (when == STARTUP) {
        errand_from(m, STARTUP, 0);                     /* it has said all that it was there to say */
        has_begun(m);
    }
}
