/*
 * supervisor: starts the containers of one pod in their order, as the kubelet does, so that nobody has to wait for a user's program.
 *
 *     supervisor [job FD] [ttl SECONDS FD WORDS WORD…] [queue TOGETHER FD,…] (UNTIL NAME FD)…
 *                                        one triple for each container, in the order in which they are started
 *     supervisor -v                      prints its version
 *
 * FD is the control socket of the container's shim. UNTIL is what the next container waits for: `exited` (an init container: with
 * status 0), `startup-done` (a sidecar with a hook or a startup probe), `hook-done` (a container with a post-start hook) or `started`
 * (nothing: the next one starts at the same time). README.md describes the words on the sockets.
 *
 * `queue`: a pod of a Job that runs so many together. Each FD is a fifo that a pod made before holds open until it has ended: the pod
 * begins when fewer than TOGETHER are left. `job`: data in this fifo says that the Job has failed: what was not started never is.
 * `ttl`: FD is the same fifo, for reading; so many SECONDS after all pods of the Job have finished, the command of so many WORDS is started.
 *
 * Until it reads `stay`, end-of-file on CONTROL_FD means that the pod will never be complete: it exits, and with its ends of the sockets
 * all shims end. After `stay` it lets each shim go as soon as its turn is over, and exits after the last one, or with `ttl` when there
 * is nothing left to wait for. The lock on ALIVE_FD is held by being open.
 */
#include "descriptors.h"
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum status { DONE = 0, CREATOR_GONE = 4, FAILED = 125 };

static const char *const until_names[UNTILS] = { "started", "hook-done", "startup-done", "exited" };

struct pod pod = { .job = NO_FD, .ttl = { .fifo = NO_FD } };

static void read_shim(struct container *c)
{
    bool is_open = receive(c);
    for (const char *line; (line = next_line(c));) hear(c, line);
    if (!is_open && c->fd != NO_FD) shim_is_gone(c);
}

static void close_control(void)
{
    if (pod.control != NO_FD) close(pod.control);
    pod.control = NO_FD;
}

/* The answer to `stay` is end-of-file, when each shim has heard what it is. */
static void answer_stay(void)
{
    if (!pod.stays || pod.control == NO_FD) return;
    FOR_EACH_CONTAINER(c)
        if (c->fd != NO_FD && !c->has_answered) return;
    close_control();
}

static void read_control(void)
{
    static char word[8];
    static size_t length;
    ssize_t got = recv(pod.control, word + length, sizeof word - length, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
        if (!pod.stays) exit(CREATOR_GONE);
        return close_control();
    }
    length += (size_t)got;
    if (length < 5) return;
    if (memcmp(word, "stay\n", 5)) exit(FAILED);
    length = 0;
    pod.stays = true;
}

/* TERM: nothing more is started. What runs is let go, so that it is stopped as its grace period says, and not killed with its socket. */
static _Noreturn void leave(void)
{
    FOR_EACH_CONTAINER(c)
        if (c->turn != WAITING) let_go(c);
    exit(DONE);
}

static bool all_let_go(void)
{
    FOR_EACH_CONTAINER(c)
        if (c->fd != NO_FD) return false;
    return true;
}

/* It is never read, so that every pod sees it. What runs is ended by its shim. */
static void job_has_failed(void)
{
    close(pod.job);
    pod.job = NO_FD;
    give_up();
}

static void wait_and_handle(int signals)
{
    const int waits = pod.begun ? 0 : pod.queue.count;
    struct pollfd set[3 + pod.count + waits], *shims = set + 3, *queue = shims + pod.count;
    set[0] = (struct pollfd){ signals, POLLIN, 0 };
    set[1] = (struct pollfd){ pod.control, POLLIN, 0 };
    set[2] = (struct pollfd){ pod.job, POLLIN, 0 };
    for (int i = 0; i < pod.count; i++) shims[i] = (struct pollfd){ pod.list[i].fd, POLLIN, 0 };
    for (int i = 0; i < waits; i++) queue[i] = (struct pollfd){ pod.queue.ahead[i], POLLIN, 0 };
    if (poll(set, (nfds_t)(3 + pod.count + waits), -1) < 0) return;
    if (set[0].revents) leave();
    if (set[1].revents) read_control();
    for (int i = 0; i < pod.count; i++)
        if (shims[i].revents && pod.list[i].fd == shims[i].fd) read_shim(&pod.list[i]);
    if (set[2].revents) job_has_failed();
    for (int i = 0; i < waits; i++)
        if (queue[i].revents) leave_queue(&pod.queue.ahead[i]);
}

static _Noreturn void usage(const char *word)
{
    dprintf(STDERR_FILENO, "supervisor: usage: [job FD] [ttl SECONDS FD WORDS WORD...] [queue TOGETHER FD,...] "
                           "(started|hook-done|startup-done|exited) NAME FD...: %s\n", word);
    exit(FAILED);
}

enum { MOST = 1 << 20 };

static int parse_number(const char *word, long least, long most)
{
    char *end;
    errno = 0;
    long number = strtol(word, &end, 10);
    if (end == word || *end || errno || number < least || number > most) usage(word);
    return (int)number;
}

static int parse_descriptor(const char *word)
{
    int fd = parse_number(word, FIRST_PASSED_FD - 1, MOST);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) usage(word);
    return fd;
}

static enum until parse_until(const char *word)
{
    for (enum until until = 0; until < UNTILS; until++)
        if (!strcmp(word, until_names[until])) return until;
    usage(word);
}

static void *allocate(size_t count, size_t size)
{
    void *list = calloc(count, size);
    if (!list) exit(FAILED);
    return list;
}

static void read_queue(const char *together, char *list)
{
    pod.queue.together = parse_number(together, 1, MOST);
    pod.queue.ahead = allocate(strlen(list), sizeof *pod.queue.ahead);
    for (char *one; (one = strsep(&list, ","));) pod.queue.ahead[pod.queue.count++] = parse_descriptor(one);
}

/* Returns the first word after it. The command is copied, because NULL must follow it. */
static char **read_ttl(char **word, char **end)
{
    const int words = parse_number(word[2], 1, end - word - 3);
    pod.ttl.seconds = parse_number(word[0], 0, INT_MAX);
    pod.ttl.fifo = parse_descriptor(word[1]);
    pod.ttl.command = allocate((size_t)words + 1, sizeof *pod.ttl.command);
    memcpy(pod.ttl.command, word + 3, (size_t)words * sizeof *word);
    return word + 3 + words;
}

static void read_arguments(int argc, char **argv)
{
    char **word = argv + 1, **end = argv + argc;
    if (end - word > 2 && !strcmp(word[0], "job")) {
        pod.job = parse_descriptor(word[1]);
        word += 2;
    }
    if (end - word > 4 && !strcmp(word[0], "ttl")) word = read_ttl(word + 1, end);
    if (end - word > 3 && !strcmp(word[0], "queue")) {
        read_queue(word[1], word[2]);
        word += 3;
    }
    if (end - word < 3 || (end - word) % 3) usage("number of words");
    pod.count = (int)(end - word) / 3;
    pod.list = allocate((size_t)pod.count, sizeof *pod.list);
    for (int i = 0; i < pod.count; i++, word += 3)
        pod.list[i] = (struct container){ .until = parse_until(word[0]), .name = word[1], .fd = parse_descriptor(word[2]) };
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0) exit(FAILED);
    return signals;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "-v")) return puts("supervisor " NSLAB_VERSION) < 0;
    pod.control = fcntl(CONTROL_FD, F_GETFD) < 0 && errno == EBADF ? NO_FD : CONTROL_FD;
    pod.stays = pod.control == NO_FD;
    read_arguments(argc, argv);
    int signals = open_signals();
    while (!pod.stays || !all_let_go()) {
        begin_in_turn();
        start_next();
        settle_ownership();
        answer_creator();
        answer_stay();
        wait_and_handle(signals);
    }
    close_control();
    remove_when_finished(signals);
    return DONE;
}
