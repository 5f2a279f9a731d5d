/*
 * The order of a pod's containers: who starts when, and who is let go. It hears what the shims say, and decides.
 */
#include "supervisor.h"

#include <string.h>
#include <unistd.h>

static int left_ahead(void)
{
    int left = 0;
    for (int i = 0; i < pod.queue.count; i++) left += pod.queue.ahead[i] != NO_FD;
    return left;
}

/* From now on the deadline of the pod runs. */
void begin_in_turn(void)
{
    if (pod.begun || (pod.queue.count && left_ahead() >= pod.queue.together)) return;
    pod.begun = true;
    FOR_EACH_CONTAINER(c) say(c->fd, "begin\n");
}

/* A pod that is ahead has ended. */
void leave_queue(int *ahead)
{
    close(*ahead);
    *ahead = NO_FD;
}

/* After the commit: what was not started yet, or is being waited for, is kept; the others are let go. */
void settle_ownership(void)
{
    if (!pod.stays) return;
    FOR_EACH_CONTAINER(c) {
        if (c->fd == NO_FD || c->is_let_go) continue;
        if (c->turn == OVER) let_go(c);
        else keep(c);
    }
}

/* An init container has failed for good, or the Job: nothing more is started. The shims that wait end with their sockets; their records stay. */
void give_up(void)
{
    FOR_EACH_CONTAINER(c)
        if (c->turn == WAITING) {
            keep(c);
            drop(c);
        }
}

static struct container *first_in_turn(void)
{
    FOR_EACH_CONTAINER(c)
        if (c->turn == TURN && c->until != UNTIL_STARTED) return c;
    return NULL;
}

/* Starts the containers up to the first one that must be waited for. */
void start_next(void)
{
    if (!pod.begun) return;
    for (struct container *c = pod.list; c < pod.list + pod.count && !first_in_turn(); c++)
        if (c->turn == WAITING) {
            c->turn = TURN;
            say(c->fd, "go\n");
        }
}

/* The creator waits until all that starts at once runs: it never waits for the end of a program, a hook, a probe or another pod. */
void answer_creator(void)
{
    if (pod.answered || pod.control == NO_FD) return;
    FOR_EACH_CONTAINER(c)
        if (c->turn == TURN && !c->is_running) return;
    pod.answered = true;
    say(pod.control, "settled\n");
}

static void turn_is_over(struct container *c)
{
    if (c->turn == TURN) c->turn = OVER;
}

/* `ended`: no attempt follows. An init container that did not succeed stops the order; whatever else ends is in nobody's way. */
static void container_ended(struct container *c)
{
    if (c->turn == TURN && c->until == UNTIL_EXITED && c->failed) give_up();
    turn_is_over(c);
}

void hear(struct container *c, const char *line)
{
    if (!strncmp(line, "started ", 8)) {
        c->is_running = true;
        if (c->until == UNTIL_STARTED) turn_is_over(c);
        if (!pod.answered) say(pod.control, "started %s %s\n", c->name, line + 8);
    } else if (!strncmp(line, "failed ", 7)) {
        c->failed = true;
        if (!pod.answered) say(pod.control, "failed %s %s\n", c->name, line + 7);
    } else if (!strcmp(line, "stopping")) c->is_stopping = true;
    else if (!strncmp(line, "exited ", 7)) {
        c->failed = c->is_stopping || strcmp(line + 7, "0 0") != 0;
        if (c->until == UNTIL_HOOK_DONE || (c->until == UNTIL_EXITED && !c->failed)) turn_is_over(c);
    } else if (!strcmp(line, "hook-done")) {
        if (c->until == UNTIL_HOOK_DONE) turn_is_over(c);
    } else if (!strcmp(line, "startup-done")) {
        if (c->until == UNTIL_HOOK_DONE || c->until == UNTIL_STARTUP_DONE) turn_is_over(c);
    } else if (!strcmp(line, "kept")) c->has_answered = true;
    else if (!strcmp(line, "ended")) container_ended(c);
}

/* It has answered `stay`, or was stopped or killed before its turn was over. */
void shim_is_gone(struct container *c)
{
    if (!c->is_let_go && c->turn == TURN && c->until == UNTIL_EXITED) c->failed = true, container_ended(c);
    drop(c);
}
