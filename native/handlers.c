/*
 * Schedules the workload's handlers (hooks and probes). Each run is a child of the shim in a process group of its own, so one
 * signal kills it and all that it has started. A handler never overlaps itself. What a result means is decided in health.c.
 */
#include "monitor.h"
#include "syscalls.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

bool has_handler(const struct monitor *m, enum handler_kind kind)
{
    return m->options->handlers.of[kind].action != NO_ACTION;
}

void schedule_handler(struct monitor *m, enum handler_kind kind, int64_t date)
{
    if (has_handler(m, kind)) m->handlers[kind].due = date;
}

static void start_handler(struct monitor *m, enum handler_kind kind, handler_result *on_result)
{
    const struct handler *h = &m->options->handlers.of[kind];
    struct handler_run *run = &m->handlers[kind];
    run->due = h->period ? now() + h->period : 0;
    run->deadline = h->timeout ? now() + h->timeout : 0;
    run->timed_out = false;
    run->child = start_action(m, h);
    if (run->child > 0) return;
    run->child = 0;
    on_result(m, kind, false, strerror(errno));
}

static void kill_handler(struct handler_run *run)
{
    run->deadline = 0;
    may_kill(FOR_KILL_HANDLER, -run->child, SIGKILL, "SIGKILL");
}

void handlers_run_due(struct monitor *m, handler_result *on_result)
{
    for (enum handler_kind kind = 0; kind < HANDLER_KINDS; kind++) {
        struct handler_run *run = &m->handlers[kind];
        if (!run->child && run->due && now() >= run->due) start_handler(m, kind, on_result);
        else if (run->child && run->deadline && now() >= run->deadline) {
            run->timed_out = true;
            kill_handler(run);
        }
    }
}

static const char *describe_network_result(int code)
{
    switch (code) {
    case BAD_HTTP_STATUS: return "HTTP status other than 200-399";
    case NO_HTTP_RESPONSE: return "no HTTP response";
    case NOT_SERVING: return "gRPC health status other than SERVING";
    case GRPC_CALL_FAILED: return "gRPC status other than OK";
    case NO_GRPC_RESPONSE: return "no gRPC response";
    default: return strerror(code);
    }
}

/* A command's exit status is its own; a network action's is an errno or a code of monitor.h. */
static const char *describe_result(char out[64], const struct handler_run *run, enum action action, int status)
{
    bool is_network = action == TCP_ACTION || action == HTTP_ACTION || action == GRPC_ACTION;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (run->timed_out) return "took too long";
    if (WIFSIGNALED(status)) snprintf(out, 64, "ended by signal %d", WTERMSIG(status));
    else if (is_network && code != SHIM_FAILED) return describe_network_result(code);
    else snprintf(out, 64, "status %d", code);
    return out;
}

void handlers_reap(struct monitor *m, handler_result *on_result)
{
    char text[64];
    int status;
    for (enum handler_kind kind = 0; kind < HANDLER_KINDS; kind++) {
        struct handler_run *run = &m->handlers[kind];
        if (!run->child || waitpid(run->child, &status, WNOHANG) != run->child) continue;
        bool is_cancelled = run->is_cancelled;
        run->child = 0;
        run->deadline = 0;
        run->is_cancelled = false;
        if (is_cancelled) continue;
        enum action action = m->options->handlers.of[kind].action;
        on_result(m, kind, !run->timed_out && status == 0, describe_result(text, run, action, status));
    }
}

void handlers_cancel(struct monitor *m)
{
    for (struct handler_run *run = m->handlers; run < m->handlers + HANDLER_KINDS; run++) {
        if (run->child && !run->is_cancelled) kill_handler(run);
        *run = (struct handler_run){ .child = run->child, .is_cancelled = run->child != 0 };
    }
}

int64_t handlers_next_date(const struct monitor *m, int64_t soonest)
{
    for (const struct handler_run *run = m->handlers; run < m->handlers + HANDLER_KINDS; run++) {
        int64_t date = run->child ? run->deadline : run->due;
        if (date && date < soonest) soonest = date;
    }
    return soonest;
}
