/*
 * shim run: minds one workload. Waits for `go`, starts it, writes down what becomes of it, starts it again where the policy
 * says so, and stops it when told to. Sleeps in one place, attend(), and wakes for a signal, a report, a word, an end or a date.
 */
#include "minder.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static void go(struct minder *m)
{
    if (m->options->deadline) m->deadline = now() + m->options->deadline;
    start_try(m);
}

static void desert(struct minder *m, const char *why)
{
    m->record.note = why;
    control_close();
    kill_at_once(m);
}

static void hear_control(struct minder *m)
{
    bool there = control_listen();
    for (enum word word; (word = control_word()) != NOTHING_YET;) {
        if (word == GO && m->phase == IDLE) go(m);
        else if (word == STAY && m->phase != IDLE) {
            m->record.stay = true;
            record_write(&m->record);
            if (m->phase == LINGERING) m->phase = ENDED;
            return control_close();
        } else return desert(m, "not a word of the protocol");
    }
    if (!there) desert(m, "the starter was gone before stay");
}

/* The workload first: what an errand says of one that is dead is of no interest. */
static void hear_signals(struct minder *m)
{
    for (int signal; (signal = signals_next(m->signals));) {
        if (signal == SIGTERM) stop(m, NULL);
        else if (signal == SIGCHLD) reap_try(m), errands_reap(m);
    }
}

/* Nobody writes into it: all that it can say is that the last of those who have its other end open is gone. */
static void hear_until(struct minder *m)
{
    char nothing[16];
    ssize_t got = read(m->until, nothing, sizeof nothing);
    if (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN))) return;
    close(m->until);
    m->until = NO_FD;
    if (m->phase != LINGERING) stop(m, "the workloads it serves have ended");
}

static bool has_come(int64_t date)
{
    return date && now() >= date;
}

static void meet_dates(struct minder *m)
{
    if (has_come(m->deadline)) {
        m->deadline = 0;
        if (m->phase != LINGERING) stop(m, "deadline exceeded");
    }
    if (has_come(m->date)) {
        if (m->phase != WAITING) return lose_patience(m);
        m->record.restarts++;
        start_try(m);
    }
    errands_meet_dates(m);
}

static int patience(const struct minder *m)
{
    int64_t soonest = errands_soonest(m, INT64_MAX);
    if (m->date && m->date < soonest) soonest = m->date;
    if (m->deadline && m->deadline < soonest) soonest = m->deadline;
    int64_t left = soonest - now();
    return soonest == INT64_MAX ? -1 : left < 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX;
}

/* A report first: a try that ended at once is started before it is over. */
static void attend(struct minder *m)
{
    struct pollfd set[] = {
        { m->signals, POLLIN, 0 }, { m->attempt.report, POLLIN, 0 }, { control_fd(), POLLIN, 0 }, { m->until, POLLIN, 0 },
    };
    if (sleep_light(set, 4, patience(m)) < 0) return;          /* EINTR, ENOMEM: look again */
    if (set[1].revents) hear_report(m);
    if (set[0].revents) hear_signals(m);
    if (set[2].revents && m->phase != ENDED) hear_control(m);
    if (set[3].revents && m->phase != ENDED) hear_until(m);
    if (m->phase != ENDED) meet_dates(m);
}

int run(const struct options *o)
{
    static const int wanted[] = { SIGCHLD, SIGTERM, 0 };
    static struct minder m;

    setsid();                                           /* a Ctrl-C at the starter's terminal is not meant for us */
    if (chdir("/") < 0) fail("chdir", "/");
    record_open();
    m = (struct minder){ .options = o, .attempt = { -1, NO_FD }, .signals = signals_open(wanted), .until = o->until };
    m.record.state = "created";
    record_write(&m.record);
    if (control_fd() == NO_FD) {                        /* nobody to say it */
        m.record.stay = true;
        go(&m);
    }
    while (m.phase != ENDED) attend(&m);
    return m.record.code;
}
