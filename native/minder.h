/*
 * Minding one workload, shared among those who do it: monitor.c sleeps and wakes, tries.c starts and reaps, ending.c stops,
 * errands.c has things done on the workload's behalf, health.c knows what comes of them, deed.c does them.
 */
#ifndef MINDER_H
#define MINDER_H

#include "shim.h"

enum phase { IDLE, STARTING, RUNNING, WAITING, LINGERING, ENDED };
enum ending { NOT_ENDING, HOOK_FIRST, ASKED };  /* of a try that runs: nothing, the pre-stop hook, TERM */

struct errand_run {
    pid_t child;                                /* 0: it is not under way */
    int64_t due, limit;                         /* when it begins, when its child has had its time; 0: never */
    bool is_void, is_late;                      /* what its child says is of no interest; it was ended by us */
    bool judged, succeeded;                     /* the last result, if there is one, */
    unsigned streak;                            /* and how often in a row */
};

struct minder {
    const struct options *options;
    struct record record;
    struct attempt attempt;
    enum phase phase;
    enum ending ending;
    int signals, until;
    bool stopping;                              /* for good: no other try */
    int64_t running_since, date, delay, deadline;       /* milliseconds; date 0: nothing is due */
    struct errand_run errands[WHENS];
};

static inline int64_t now(void)
{
    return (int64_t)(diary_now() / 1000000);
}

/* tries.c: one after the other */
void start_try(struct minder *m);
void hear_report(struct minder *m);
void reap_try(struct minder *m);
void end_minding(struct minder *m);

/* ending.c */
void end_try(struct minder *m, const char *why, int64_t grace);         /* hook, TERM, KILL; the policy decides what then */
void ask_try(struct minder *m);                                         /* TERM, or KILL where TERM would never arrive */
void stop(struct minder *m, const char *why);                           /* the same, and no other try; NULL: no need to say why */
void kill_at_once(struct minder *m);
void lose_patience(struct minder *m);                                   /* the date of an ending has come */

/* errands.c */
bool is_errand(const struct minder *m, enum when when);
void errand_from(struct minder *m, enum when when, int64_t date);
void errands_meet_dates(struct minder *m);
void errands_reap(struct minder *m);
void errands_quit(struct minder *m);                                    /* none begins, and what is under way counts for nothing */
int64_t errands_soonest(const struct minder *m, int64_t soonest);

/* health.c */
void health_begin(struct minder *m);
void health_end(struct minder *m);
void errand_ended(struct minder *m, enum when when, bool succeeded, const char *how);

/* deed.c, knock.c: in a child of the shim's. -1: see errno */
pid_t begin_deed(const struct minder *m, const struct errand *e);
enum { NO_ANSWER = 254, BAD_ANSWER = 255 };                             /* the status of a knock; else 0, or the errno */
int knock(const struct errand *e);

#endif
