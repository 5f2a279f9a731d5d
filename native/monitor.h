/*
 * The state of `shim run` and the functions on it. The files form layers, each calls only those above it in this list:
 *
 *     grpc_action.c, tls_client.c     the HTTP/2 of a gRPC probe; openssl for HTTPS
 *     network_action.c, action.c      what a handler does, in a child of the shim
 *     handlers.c                      when a handler starts, times out and ends
 *     exit_rules.c                    what an exit status means for the restart policy
 *     job.c                           the count of a Job's failures, and that it has failed
 *     stop.c                          pre-stop hook, TERM, grace period, KILL
 *     health.c                        what the result of a handler means: started, ready, failed
 *     lifecycle.c                     one attempt after the other: start, report, reap, restart
 *     release_mounts.c                lets go what the host has unmounted
 *     monitor.c                       the event loop
 */
#ifndef MONITOR_H
#define MONITOR_H

#include "shim.h"

enum phase { CREATED, STARTING, RUNNING, BACKOFF, AWAITING_STAY, DONE };
enum stop_phase { NOT_STOPPING, PRE_STOP_HOOK, TERM_SENT };     /* of the running attempt */

/* Times are milliseconds of now(); 0: not set. */
struct handler_run {
    pid_t child;                                /* 0: not running */
    int64_t due, deadline;                      /* the next start; the end of its timeout */
    bool is_cancelled, timed_out;               /* ignore its result; killed at its deadline */
    bool has_result, succeeded;                 /* the last result */
    unsigned consecutive;                       /* how many equal results in a row */
};

struct monitor {
    const struct options *options;
    struct record record;
    struct attempt attempt;
    enum phase phase;
    enum stop_phase stop_phase;
    int signals, stop_pipe, job_failed;         /* descriptors */
    bool no_restart, on_request;                /* the stop is final; somebody has asked for it */
    unsigned uncounted;                         /* restarts that do not count */
    int64_t running_since, backoff_delay, deadline;
    int64_t timer;                              /* RUNNING: the end of the grace period; BACKOFF: the next attempt; 0: off */
    struct handler_run handlers[HANDLER_KINDS];
};

static inline int64_t now(void)
{
    return (int64_t)(monotonic_ns() / 1000000);
}

/* A network action's exit status is 0, an errno or one of these. */
enum { NO_GRPC_RESPONSE = 251, GRPC_CALL_FAILED = 252, NOT_SERVING = 253, NO_HTTP_RESPONSE = 254, BAD_HTTP_STATUS = 255 };

/* grpc_action.c, tls_client.c, network_action.c, action.c. -1: see errno */
int grpc_action(int connection, const struct handler *h);
int connect_tls(const struct handler *h);
int network_action(const struct handler *h);
void die_with(pid_t parent);
pid_t start_action(const struct monitor *m, const struct handler *h);

/* handlers.c */
typedef void handler_result(struct monitor *m, enum handler_kind kind, bool succeeded, const char *how);
bool has_handler(const struct monitor *m, enum handler_kind kind);
void schedule_handler(struct monitor *m, enum handler_kind kind, int64_t date);
void handlers_run_due(struct monitor *m, handler_result *on_result);
void handlers_reap(struct monitor *m, handler_result *on_result);
void handlers_cancel(struct monitor *m);        /* no new one starts; the running ones are killed, their results ignored */
int64_t handlers_next_date(const struct monitor *m, int64_t soonest);

/* exit_rules.c */
enum verdict verdict_on(const struct monitor *m);

/* job.c */
bool exceeds_limit(const struct monitor *m);    /* to be asked once for each failure: it counts it */
void fail_job(const struct monitor *m);

/* stop.c */
void stop_attempt(struct monitor *m, const char *why, int64_t grace);   /* the restart policy decides what follows */
void stop_for_good(struct monitor *m, const char *why);                 /* no restart follows; why NULL: no note */
void kill_for_good(struct monitor *m);
void send_term(struct monitor *m);              /* KILL if the workload cannot receive TERM */
void stop_timer_expired(struct monitor *m);
void finish(struct monitor *m);                 /* no attempt follows */

/* health.c */
void health_begin(struct monitor *m);
void health_end(struct monitor *m);
void handler_ended(struct monitor *m, enum handler_kind kind, bool succeeded, const char *how);

/* release_mounts.c */
int mount_events(const struct monitor *m);      /* for poll(2) with POLLPRI; NO_FD: the workload has the host's own mounts */
void release_mounts(const struct monitor *m, bool changed);

/* lifecycle.c */
void start_attempt(struct monitor *m);
void handle_report(struct monitor *m);
void reap_attempt(struct monitor *m);
void reap_adopted(const struct monitor *m);
bool has_host_pidns(const struct options *o);

#endif
