/*
 * The state of `supervisor` and the functions on it. The files form layers, each calls only those above it in this list:
 *
 *     supervisor_words.c      what is said on the sockets
 *     supervisor_order.c      whose turn it is
 *     supervisor_ttl.c        what follows when the pod's Job has finished
 *     supervisor.c            the command line and the event loop
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>

enum { NO_FD = -1, LINE_SIZE = 256 };

/* What the next container waits for. */
enum until { UNTIL_STARTED, UNTIL_HOOK_DONE, UNTIL_STARTUP_DONE, UNTIL_EXITED, UNTILS };

/* Where a container is. TURN: `go` was said. OVER: what the next one waits for has happened, or never will. */
enum turn { WAITING, TURN, OVER };

struct container {
    const char *name;
    int fd;                                     /* NO_FD: it was let go, or has ended */
    enum until until;
    enum turn turn;
    bool is_running;                            /* its exec was answered */
    bool is_kept, is_let_go, has_answered;      /* `keep`, `stay` were sent; the first of them was answered */
    bool is_stopping, failed;                   /* it was asked to end: its status is not its own; the last attempt failed */
    size_t length;
    char line[LINE_SIZE];
};

/* Pods of the same Job that were made before: the pod begins when fewer of them than `together` are left. */
struct queue { int *ahead, count, together; };

/* What takes the pods of the Job down when it has finished. */
struct ttl {
    int fifo;                                   /* the Job's, opened for reading; NO_FD: nothing does */
    long seconds;
    char **command;                             /* ends with NULL */
};

struct pod {
    struct container *list;
    int count, control;                         /* NO_FD: the creator was answered, and has gone */
    int job;                                    /* a fifo with data when the Job has failed; NO_FD: none, or it has */
    struct queue queue;
    struct ttl ttl;
    bool begun, stays, answered;
};

extern struct pod pod;

#define FOR_EACH_CONTAINER(c) for (struct container *c = pod.list; c < pod.list + pod.count; c++)

/* supervisor_words.c */
void say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
void drop(struct container *c);
void let_go(struct container *c);
void keep(struct container *c);
bool receive(struct container *c);              /* false: the shim has closed its end */
const char *next_line(struct container *c);     /* NULL: none is complete; until the next call */

/* supervisor_order.c */
void begin_in_turn(void);
void start_next(void);
void settle_ownership(void);
void answer_creator(void);
void hear(struct container *c, const char *line);
void shim_is_gone(struct container *c);
void give_up(void);
void leave_queue(int *ahead);

/* supervisor_ttl.c */
void remove_when_finished(int signals);         /* returns when nothing is left to do */

#endif
