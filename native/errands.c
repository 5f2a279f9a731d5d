/*
 * Errands: what the shim has done on behalf of its workload, each by a child of its own in a process group of its own, so that
 * one signal ends it and all that it has started. When one begins, when it has taken too long, and that it has ended; what
 * comes of it is for health.c to say. An errand never overlaps itself.
 */
#include "minder.h"
#include "kernel.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

bool is_errand(const struct minder *m, enum when when)
{
    return m->options->errands.of[when].deed != NO_DEED;
}

void errand_from(struct minder *m, enum when when, int64_t date)
{
    if (is_errand(m, when)) m->errands[when].due = date;
}

static void begin(struct minder *m, enum when when)
{
    const struct errand *wanted = &m->options->errands.of[when];
    struct errand_run *e = &m->errands[when];
    e->due = wanted->period ? now() + wanted->period : 0;
    e->limit = wanted->timeout ? now() + wanted->timeout : 0;
    e->is_late = false;
    e->child = begin_deed(m, wanted);
    if (e->child > 0) return;
    e->child = 0;
    errand_ended(m, when, false, strerror(errno));
}

static void end_child(struct errand_run *e)
{
    e->limit = 0;
    may_kill(-e->child, SIGKILL, "SIGKILL");
}

void errands_meet_dates(struct minder *m)
{
    for (enum when when = 0; when < WHENS; when++) {
        struct errand_run *e = &m->errands[when];
        if (!e->child && e->due && now() >= e->due) begin(m, when);
        else if (e->child && e->limit && now() >= e->limit) {
            e->is_late = true;
            end_child(e);
        }
    }
}

/* What an exit status means depends on who gives it: a command its own, a knock the errno of what failed. */
static const char *spell_outcome(char out[64], const struct errand_run *e, enum deed deed, int status)
{
    bool knocked = deed == TCP_DEED || deed == HTTP_DEED;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (e->is_late) return "took too long";
    if (WIFSIGNALED(status)) snprintf(out, 64, "ended by signal %d", WTERMSIG(status));
    else if (knocked && code == BAD_ANSWER) return "an answer other than 200-399";
    else if (knocked && code == NO_ANSWER) return "no answer in HTTP";
    else if (knocked && code != BROKEN) return strerror(code);
    else snprintf(out, 64, "status %d", code);
    return out;
}

void errands_reap(struct minder *m)
{
    char outcome[64];
    int status;
    for (enum when when = 0; when < WHENS; when++) {
        struct errand_run *e = &m->errands[when];
        if (!e->child || waitpid(e->child, &status, WNOHANG) != e->child) continue;
        bool is_void = e->is_void;
        e->child = 0;
        e->limit = 0;
        e->is_void = false;
        if (is_void) continue;
        errand_ended(m, when, !e->is_late && status == 0, spell_outcome(outcome, e, m->options->errands.of[when].deed, status));
    }
}

void errands_quit(struct minder *m)
{
    for (struct errand_run *e = m->errands; e < m->errands + WHENS; e++) {
        if (e->child && !e->is_void) end_child(e);
        *e = (struct errand_run){ .child = e->child, .is_void = e->child != 0 };
    }
}

int64_t errands_soonest(const struct minder *m, int64_t soonest)
{
    for (const struct errand_run *e = m->errands; e < m->errands + WHENS; e++) {
        int64_t date = e->child ? e->limit : e->due;
        if (date && date < soonest) soonest = date;
    }
    return soonest;
}
