/*
 * shim run: minds one workload. Waits for `go`, starts it, writes down what becomes of it, starts it again where the policy
 * says so, and stops it when told to. Sleeps in one place, attend(), and wakes for a signal, a report, a word or a date.
 */
#include "shim.h"
#include "kernel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum phase { IDLE, STARTING, RUNNING, WAITING, LINGERING, ENDED };

struct minder {
    const struct options *options;
    struct record record;
    struct attempt attempt;
    enum phase phase;
    int signals;
    bool stopping;
    int64_t running_since, date, delay;                 /* milliseconds; date 0: nothing is due */
};

static int64_t now(void)
{
    return (int64_t)(diary_now() / 1000000);
}

/* Over before its starter has said `stay`: would the record be kept? We wait for the word, or for the end of the starter. */
static void end(struct minder *m)
{
    m->phase = control_fd() == NO_FD || m->stopping ? ENDED : LINGERING;
    m->record.state = m->record.failure.error ? "failed" : "exited";
    record_write(&m->record);
}

/* ---- a try: its start, its word, its end --------------------------------------------------------------------------- */

static void enter_everything(const struct options *o)
{
    umask(0);
    join_namespaces(o);
    make_namespaces(o);
    if (o->stage) enter_private_root(o);
}

static bool wants_restart(const struct minder *m)
{
    if (m->stopping) return false;
    if (m->record.failure.error && !m->record.stay) return false;   /* it is told to somebody who can do something about it */
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

static void settle(struct minder *m)
{
    struct record *r = &m->record;
    r->pid = 0;
    r->finished_at = wall_clock();
    m->date = 0;
    if (r->failure.error) complain(&r->failure);
    else control_say("exited %d %d\n", r->code, r->signal);
    if (wants_restart(m)) plan_restart(m);
    else end(m);
}

static void settle_failure(struct minder *m, const char *step, const char *what)
{
    m->record.failure = failure_now(BROKEN, step, what);
    m->record.code = BROKEN;
    m->record.signal = 0;
    settle(m);
}

static void start(struct minder *m)
{
    const struct options *o = m->options;
    m->record.failure = (struct failure){ 0 };
    m->date = m->running_since = 0;
    m->phase = STARTING;
    m->attempt = begin_attempt(o, o->new_kinds & CLONE_NEWPID, enter_everything);
    if (m->attempt.child < 0) settle_failure(m, "clone", NULL);
}

static void hear_report(struct minder *m)
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
    record_write(r);
    control_say("started %d\n", r->pid);
}

static void kill_workload(const struct minder *m, int signal, const char *spelled)
{
    uint64_t began = diary_now();
    int result = kill(m->attempt.child, signal);
    diary("kill", began, result, "%d, %s", m->attempt.child, spelled);
}

/* In a pid namespace of its own all the rest dies with PID 1. Elsewhere we know its process group, while its number is not yet free. */
static void sweep_up(const struct minder *m)
{
    if (!(m->options->new_kinds & CLONE_NEWPID)) kill(-m->attempt.child, SIGKILL);
}

static void reap(struct minder *m)
{
    struct record *r = &m->record;
    siginfo_t dead = { 0 };
    int status;
    if (m->phase != STARTING && m->phase != RUNNING) return;
    if (waitid(P_PID, (id_t)m->attempt.child, &dead, WEXITED | WNOHANG | WNOWAIT) < 0 || !dead.si_pid) return;
    if (m->attempt.report != NO_FD) hear_report(m);
    sweep_up(m);
    while (waitpid(m->attempt.child, &status, 0) < 0 && errno == EINTR) continue;
    r->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    r->code = r->signal ? BY_SIGNAL + r->signal : WEXITSTATUS(status);
    settle(m);
}

/* ---- stopping -------------------------------------------------------------------------------------------------------- */

static void kill_at_once(struct minder *m)
{
    m->stopping = true;
    m->date = 0;
    if (m->phase == STARTING || m->phase == RUNNING) kill_workload(m, SIGKILL, "SIGKILL");
    else if (m->phase < LINGERING) end(m);
    else m->phase = ENDED;
}

/* A signal that PID 1 of a pid namespace has not asked for never reaches it: to wait for an answer would be to wait in vain. */
static bool is_deaf(const struct minder *m)
{
    return m->options->new_kinds & CLONE_NEWPID && !is_caught(m->attempt.child, SIGTERM);
}

static void stop(struct minder *m)
{
    if (m->stopping) return;
    if (m->phase == RUNNING && !is_deaf(m)) {
        m->stopping = true;
        m->date = now() + m->options->grace;
        kill_workload(m, SIGTERM, "SIGTERM");
        return;
    }
    if (m->phase == RUNNING) {
        m->record.note = "does not catch TERM";
        diary("note", diary_now(), 0, "%d %s", m->attempt.child, m->record.note);
        record_write(&m->record);
    }
    kill_at_once(m);
}

/* ---- what wakes us ------------------------------------------------------------------------------------------------ */

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
        if (word == GO && m->phase == IDLE) start(m);
        else if (word == STAY && m->phase != IDLE) {
            m->record.stay = true;
            record_write(&m->record);
            if (m->phase == LINGERING) m->phase = ENDED;
            return control_close();
        } else return desert(m, "not a word of the protocol");
    }
    if (!there) desert(m, "the starter was gone before stay");
}

static void hear_signals(struct minder *m)
{
    for (int signal; (signal = signals_next(m->signals));) {
        if (signal == SIGCHLD) reap(m);
        else stop(m);
    }
}

static void meet_date(struct minder *m)
{
    if (!m->date || now() < m->date) return;
    if (m->phase != WAITING) return kill_at_once(m);
    m->record.restarts++;
    start(m);
}

static int patience(const struct minder *m)
{
    int64_t left = m->date - now();
    return !m->date ? -1 : left > 0 ? (int)left : 0;
}

/* A report first: a try that ended at once is started before it is over. */
static void attend(struct minder *m)
{
    struct pollfd set[] = { { m->signals, POLLIN, 0 }, { m->attempt.report, POLLIN, 0 }, { control_fd(), POLLIN, 0 } };
    if (sleep_light(set, 3, patience(m)) < 0) return;          /* EINTR, ENOMEM: look again */
    if (set[1].revents) hear_report(m);
    if (set[0].revents) hear_signals(m);
    if (set[2].revents && m->phase != ENDED) hear_control(m);
    meet_date(m);
}

int run(const struct options *o)
{
    static const int wanted[] = { SIGCHLD, SIGTERM, 0 };
    static struct minder m;

    setsid();                                           /* a Ctrl-C at the starter's terminal is not meant for us */
    if (chdir("/") < 0) fail("chdir", "/");
    record_open();
    m = (struct minder){ .options = o, .attempt = { -1, NO_FD }, .signals = signals_open(wanted) };
    m.record.state = "created";
    record_write(&m.record);
    if (o->pid != NO_FD && !may_setns(o->pid, CLONE_NEWPID)) settle_failure(&m, "setns", "CLONE_NEWPID");
    if (control_fd() == NO_FD && m.phase == IDLE) {     /* nobody to say it */
        m.record.stay = true;
        start(&m);
    }
    while (m.phase != ENDED) attend(&m);
    return m.record.code;
}
