/*
 * What handler results mean, by the kubelet's rules: the startup probe begins after the post-start hook; when it has succeeded, the
 * workload has started, and liveness and readiness probes begin. A result counts once it has come often enough in a row.
 */
#include "monitor.h"

static const struct { const char *name, *failed; } handler_names[HANDLER_KINDS] = {
    [POST_START] = { "post-start hook", "post-start hook failed" },
    [PRE_STOP] = { "pre-stop hook", NULL },
    [STARTUP] = { "startup probe", "startup probe failed" },
    [LIVENESS] = { "liveness probe", "liveness probe failed" },
    [READINESS] = { "readiness probe", NULL },
};

static void note(const struct monitor *m, const char *subject, const char *what, const char *how)
{
    transcript_write(FOR_PROBE_RESULT, "note", monotonic_ns(), 0, "%d %s%s%s", m->attempt.child, subject, what, how);
}

/* Delays count from the start of the program, however long the hook or the startup probe ran. */
static void schedule_probe(struct monitor *m, enum handler_kind kind)
{
    schedule_handler(m, kind, m->running_since + m->options->handlers.of[kind].delay);
}

static void set_started(struct monitor *m)
{
    m->record.started = true;
    m->record.ready = !has_handler(m, READINESS);
    schedule_probe(m, LIVENESS);
    schedule_probe(m, READINESS);
}

static void startup_done(struct monitor *m)
{
    set_started(m);
    record_write(&m->record);
    control_send("startup-done\n");
    note(m, "", "startup done", "");
}

void health_begin(struct monitor *m)
{
    if (has_handler(m, POST_START)) schedule_handler(m, POST_START, now());
    else if (has_handler(m, STARTUP)) schedule_probe(m, STARTUP);
    else set_started(m);
}

void health_end(struct monitor *m)
{
    handlers_cancel(m);
    m->record.started = m->record.ready = false;
}

static void fail_workload(struct monitor *m, enum handler_kind kind)
{
    const struct handler *h = &m->options->handlers.of[kind];
    stop_attempt(m, handler_names[kind].failed, h->grace < 0 ? m->options->grace : h->grace);
}

static void hook_ended(struct monitor *m, enum handler_kind kind, bool succeeded, const char *how)
{
    note(m, handler_names[kind].name, succeeded ? " done" : " failed: ", succeeded ? "" : how);
    if (kind == PRE_STOP) send_term(m);
    else if (!succeeded) fail_workload(m, kind);
    else if (!has_handler(m, STARTUP)) startup_done(m);
    else {
        control_send("hook-done\n");
        schedule_probe(m, STARTUP);
    }
}

static void set_ready(struct monitor *m, bool ready)
{
    if (m->record.ready == ready) return;
    m->record.ready = ready;
    record_write(&m->record);
    note(m, ready ? "" : "not ", "ready", "");
}

/* True when the result has come as often in a row as its threshold says. */
static bool reaches_threshold(struct monitor *m, enum handler_kind kind, bool succeeded, const char *how)
{
    const struct handler *h = &m->options->handlers.of[kind];
    struct handler_run *run = &m->handlers[kind];
    bool is_change = !run->has_result || run->succeeded != succeeded;
    run->consecutive = is_change ? 1 : run->consecutive + 1;
    run->has_result = true;
    run->succeeded = succeeded;
    if (is_change && !succeeded) note(m, handler_names[kind].name, ": ", how);
    return run->consecutive >= (succeeded ? h->success : h->failure);
}

void handler_ended(struct monitor *m, enum handler_kind kind, bool succeeded, const char *how)
{
    if (kind == POST_START || kind == PRE_STOP) return hook_ended(m, kind, succeeded, how);
    if (!reaches_threshold(m, kind, succeeded, how)) return;
    if (kind == READINESS) set_ready(m, succeeded);
    else if (!succeeded) fail_workload(m, kind);
    else if (kind == STARTUP) {
        schedule_handler(m, STARTUP, 0);                /* a startup probe succeeds once */
        startup_done(m);
    }
}
