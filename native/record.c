/*
 * The status record of the workload. It has a fixed size, is made by the creator and rewritten in place by one write, so it can be
 * written on a full disk. `seq` and `end` are equal unless the reader met an unfinished write.
 *
 * The lock on it means "a shim monitors this workload". It belongs to the open file description, so a child must close its copy: else
 * the workload would hold the lock of a shim that has ended.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 512 };

static int file = NO_FD;
static unsigned sequence;

void record_open(void)
{
    struct stat made;
    if (!is_passed(RECORD_FD)) return;
    if (fstat(RECORD_FD, &made) < 0 || made.st_size < SIZE) errno = EINVAL, fail("record", "too small");
    if (flock(RECORD_FD, LOCK_EX | LOCK_NB) < 0) fail("flock", "record");
    file = RECORD_FD;
}

/* Of an `exec` only the lock counts. */
bool record_hold(void)
{
    if (!is_passed(RECORD_FD)) return false;
    if (flock(RECORD_FD, LOCK_EX | LOCK_NB) < 0) fail("flock", "record");
    file = RECORD_FD;
    return true;
}

void record_close(void)
{
    if (file != NO_FD) close(file);
    file = NO_FD;
}

/* Cut to the room, and without the characters that JSON would escape. */
static const char *sanitize(char *out, size_t room, const char *text)
{
    size_t n = 0;
    for (; text && *text && n + 1 < room; text++) out[n++] = *text < ' ' || *text > '~' || strchr("\"\\", *text) ? '?' : *text;
    out[n] = '\0';
    return out;
}

#define LINE \
    "{\"seq\":%u,\"state\":\"%s\",\"stay\":%s,\"started\":%s,\"ready\":%s,\"shim\":%d,\"shimStart\":%llu,\"pid\":%d,\"start\":%llu," \
    "\"code\":%d,\"signal\":%d,\"restarts\":%u,\"step\":\"%s\",\"errno\":%d,\"note\":\"%s\",\"startedAt\":%" PRId64 "," \
    "\"finishedAt\":%" PRId64 ",\"end\":%u}"

/* The longest possible line: 8 int and 4 64-bit numbers, 3 booleans, 3 strings. It must fit, or the JSON would be cut. */
enum { STEP = 24, NOTE = 112, CONVERSIONS = 18, AT_LEAST = sizeof "%d" - 1 };
enum { SHORT = sizeof "-2147483648" - 1, LONG = sizeof "18446744073709551615" - 1, BOOLEAN = sizeof "false" - 1, STATE = sizeof "running" - 1 };
enum { LONGEST = sizeof LINE - 1 - CONVERSIONS * AT_LEAST + 8 * SHORT + 4 * LONG + 3 * BOOLEAN + STATE + STEP - 1 + NOTE - 1 };
_Static_assert((int)LONGEST < (int)SIZE, "the record and its end of line fit");

static const char *boolean(bool value)
{
    return value ? "true" : "false";
}

void record_write(const struct record *r)
{
    char line[SIZE + 1], step[STEP], note[NOTE];
    if (file == NO_FD) return;
    sequence++;
    int n = snprintf(line, sizeof line, LINE,
        sequence, r->state, boolean(r->stay), boolean(r->started), boolean(r->ready), getpid(), start_ticks(getpid()), r->pid,
        r->pid ? start_ticks(r->pid) : 0, r->code, r->signal, r->restarts, sanitize(step, sizeof step, r->failure.step),
        r->failure.error, sanitize(note, sizeof note, r->note ? r->note : r->failure.what), r->started_at, r->finished_at, sequence);
    memset(line + n, ' ', (size_t)(SIZE - n));
    line[SIZE - 1] = '\n';
    if (pwrite(file, line, SIZE, 0) < 0) dprintf(STDERR_FILENO, "shim: record: %s\n", strerror(errno));
    sync_if_changed(r);
}

static bool read_proc(char *out, size_t room, pid_t pid, const char *name)
{
    char path[48];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, out, room - 1);
    if (fd >= 0) close(fd);
    out[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* What the kernel adds to each start time that this process reads: its time namespace's boottime offset. time_namespaces(7) */
static long long clock_offset_ticks(void)
{
    char text[256], *line, *rest;
    if (!read_proc(text, sizeof text, getpid(), "timens_offsets") || !(line = strstr(text, "boottime"))) return 0;
    long long seconds = strtoll(line + strlen("boottime"), &rest, 10);
    return seconds * 100 + strtoll(rest, NULL, 10) / 10000000;
}

/* In the initial time namespace's ticks, as src/sys/procfs.ts compares them. proc_pid_stat(5), field 22; counted from the last ")", because a program's name may contain ")". */
unsigned long long start_ticks(pid_t pid)
{
    char line[1024], *field;
    if (!read_proc(line, sizeof line, pid, "stat") || !(field = strrchr(line, ')'))) return 0;
    for (int n = 2; n < 22 && field; n++) field = strchr(field + 1, ' ');
    return field ? strtoull(field, NULL, 10) - clock_offset_ticks() : 0;
}

static bool has_signal(const char *status, const char *name, int signal)
{
    const char *set = strstr(status, name);
    return set && strtoull(set + strlen(name), NULL, 16) >> (signal - 1) & 1;
}

/* By a handler, or blocked and read with sigwait(3) or a signalfd, as tini and `pause` do. */
bool is_caught(pid_t pid, int signal)
{
    char status[4096];
    return read_proc(status, sizeof status, pid, "status")
        && (has_signal(status, "\nSigCgt:", signal) || has_signal(status, "\nSigBlk:", signal));
}

int64_t wall_clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
