/*
 * shim run: monitors one workload. Waits for `go`, starts it, records its state, restarts it as the policy says, stops it on
 * request. The event loop sleeps in one place, wait_and_handle(): for signals, the attempt's report, control words, the stop pipe, the Job, timers.
 */
#include "monitor.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

/* A supervisor says `keep` for those that it may still have to start: until `stay` they end with it. */
static void keep(struct monitor *m)
{
    m->record.stay = true;
    record_write(&m->record);
    control_send("kept\n");
}

static const char *who_is_gone(const struct monitor *m)
{
    if (!m->record.stay) return "the creator was gone before stay";
    return m->phase == CREATED ? "never started" : "its supervisor was killed";
}

static void abandon(struct monitor *m, const char *why)
{
    m->on_request = true;
    m->record.note = why;
    control_close();
    kill_for_good(m);
}

/* A pod's deadline: it runs while the pod's other containers are waited for, too. */
static void begin(struct monitor *m)
{
    if (m->options->deadline && !m->deadline) m->deadline = now() + m->options->deadline;
}

static void go(struct monitor *m)
{
    begin(m);
    start_attempt(m);
}

static void read_control(struct monitor *m)
{
    bool is_open = control_receive();
    for (enum word word; (word = control_next_word()) != NO_WORD;) {
        if (word == BEGIN && m->phase == CREATED) begin(m);
        else if (word == GO && m->phase == CREATED) go(m);
        else if (word == KEEP) keep(m);
        else if (word == STAY && m->phase != CREATED) {
            m->record.stay = true;
            record_write(&m->record);
            if (m->phase == AWAITING_STAY) m->phase = DONE;
            return control_close();
        } else return abandon(m, "unknown control word");
    }
    if (!is_open) abandon(m, who_is_gone(m));
}

/* The workload is reaped first: the results of its handlers do not count once it has ended. */
static void read_signals(struct monitor *m)
{
    for (int signal; (signal = signals_next(m->signals));) {
        if (signal == SIGTERM || signal == SIGPWR) m->on_request = true;
        if (signal == SIGTERM) stop_for_good(m, NULL);
        else if (signal == SIGPWR) kill_for_good(m);
        else if (signal == SIGCHLD) reap_attempt(m), handlers_reap(m, handler_ended), reap_adopted(m);
    }
}

/* Nothing is written to this pipe. End-of-file means that the last process with its write end has ended. */
static void read_stop_pipe(struct monitor *m)
{
    char ignored[16];
    ssize_t got = read(m->stop_pipe, ignored, sizeof ignored);
    if (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN))) return;
    close(m->stop_pipe);
    m->stop_pipe = NO_FD;
    if (m->phase != AWAITING_STAY) stop_for_good(m, "the workloads it serves have ended");
}

/* What waits to be started is its supervisor's. */
static void job_has_failed(struct monitor *m)
{
    if (m->phase == CREATED || m->phase >= AWAITING_STAY) return;
    stop_for_good(m, "the Job has failed");
}

static void read_job_failed(struct monitor *m)
{
    m->job_failed = NO_FD;
    job_has_failed(m);
}

static bool is_due(int64_t date)
{
    return date && now() >= date;
}

static void run_timers(struct monitor *m)
{
    if (is_due(m->deadline)) {
        m->deadline = 0;
        if (m->phase != AWAITING_STAY) stop_for_good(m, "deadline exceeded");
    }
    if (is_due(m->timer)) {
        if (m->phase != BACKOFF) return stop_timer_expired(m);
        m->record.restarts++;
        start_attempt(m);
    }
    handlers_run_due(m, handler_ended);
}

/* For poll(2): -1 without a timer. */
static int time_to_next_timer(const struct monitor *m)
{
    int64_t soonest = handlers_next_date(m, INT64_MAX);
    if (m->timer && m->timer < soonest) soonest = m->timer;
    if (m->deadline && m->deadline < soonest) soonest = m->deadline;
    int64_t left = soonest - now();
    return soonest == INT64_MAX ? -1 : left < 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX;
}

/* The report comes first: an attempt that ends at once has started before it is reaped. */
static void wait_and_handle(struct monitor *m)
{
    struct pollfd set[] = {
        { m->signals, POLLIN, 0 }, { m->attempt.report, POLLIN, 0 }, { control_fd(), POLLIN, 0 }, { m->stop_pipe, POLLIN, 0 },
        { mount_events(m), POLLPRI, 0 }, { m->job_failed, POLLIN, 0 },
    };
    if (low_memory_poll(set, 6, time_to_next_timer(m)) < 0) return;     /* EINTR, ENOMEM: poll again */
    if (set[1].revents) handle_report(m);
    if (set[0].revents) read_signals(m);
    if (set[2].revents && m->phase != DONE) read_control(m);
    if (set[3].revents && m->phase != DONE) read_stop_pipe(m);
    if (set[5].revents && m->phase != DONE) read_job_failed(m);
    if (m->phase != DONE) run_timers(m);
    release_mounts(m, set[4].revents != 0);
}

int run(const struct options *o)
{
    static const int wanted[] = { SIGCHLD, SIGTERM, SIGPWR, 0 };
    static struct monitor m;

    setsid();                                           /* Ctrl-C in the creator's terminal does not reach the shim */
    if (chdir("/") < 0) fail("chdir", "/");
    record_open();
    sync_open(&o->sync);
    if (has_host_pidns(o)) adopt_descendants();
    m = (struct monitor){ .options = o, .attempt = { -1, NO_FD }, .signals = signals_open(wanted), .stop_pipe = o->stop_pipe, .job_failed = o->job_failed };
    m.record.state = "created";
    record_write(&m.record);
    if (control_fd() == NO_FD) {                        /* without a control socket nothing can say `go` or `stay` */
        m.record.stay = true;
        go(&m);
    }
    while (m.phase != DONE) wait_and_handle(&m);
    return m.record.code;
}
