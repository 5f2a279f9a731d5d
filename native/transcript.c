/*
 * The transcript: one JSON line for each call that changes something, appended by one write(2), so several processes can share the
 * file. Best effort: a write error or a slow reader loses lines and never stops the workload.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = PIPE_BUF, TAIL_SIZE = 640 };         /* TAIL_SIZE: room for what follows the arguments */

/* At this size no attempt writes any more: a workload that crashes for weeks must not fill /run. */
static const off_t MAX_SIZE = 8 << 20;

static int file = NO_FD, proc = NO_FD;
static long host_pid;

/* The pid in the host's pid namespace: the link "self" of the host's /proc, also when read inside another pid namespace. */
static void read_host_pid(void)
{
    char name[16] = "";
    if (proc == NO_FD || readlinkat(proc, "self", name, sizeof name - 1) < 0) host_pid = getpid();
    else host_pid = strtol(name, NULL, 10);
}

void transcript_open(void)
{
    if (fcntl(TRANSCRIPT_FD, F_GETFD) < 0) return;
    file = TRANSCRIPT_FD;
    proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);     /* stays the host's in every mount namespace */
    evidence_open(proc);
    read_host_pid();
}

void transcript_after_fork(void)
{
    struct stat now;
    evidence_before(0);                                 /* drops what the parent has read for its own call */
    if (file == NO_FD) return;
    read_host_pid();
    if (fstat(file, &now) < 0 || !S_ISREG(now.st_mode) || now.st_size <= MAX_SIZE) return;
    file = NO_FD;
    evidence_open(NO_FD);
}

void transcript_close(void)
{
    if (file == NO_FD) return;
    evidence_open(NO_FD);
    close(file);
    close(proc);
    file = proc = NO_FD;
}

uint64_t monotonic_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The arguments are ASCII already (quote() in format.c), so only two characters need escaping in JSON. */
static size_t escape(char *out, size_t room, const char *text)
{
    size_t n = 0;
    for (; *text && n + 2 < room; text++) {
        if (*text == '"' || *text == '\\') out[n++] = '\\';
        out[n++] = *text;
    }
    return n;
}

static void append(const char *line, size_t size)
{
    struct pollfd ready = { .fd = file, .events = POLLOUT };
    if (poll(&ready, 1, 0) == 1 && write(file, line, size) < 0) return;
}

#define PURPOSE_NAME(name) #name,
static const char *const purpose_names[PURPOSE_COUNT] = { PURPOSES(PURPOSE_NAME) };

void transcript_write(enum purpose purpose, const char *call, uint64_t began, long result, const char *format, ...)
{
    char arguments[LINE_SIZE / 2], line[LINE_SIZE];
    int error = errno;
    uint64_t us = (monotonic_ns() - began) / 1000;
    va_list list;

    if (file == NO_FD) return;
    va_start(list, format);
    vsnprintf(arguments, sizeof arguments, format, list);
    va_end(list);

    size_t n = (size_t)snprintf(line, sizeof line, "{\"t\":%llu,\"channel\":\"shim\",\"who\":%ld,\"purpose\":\"%s\",\"call\":\"%s\",\"args\":\"",
                                (unsigned long long)began, host_pid, purpose_names[purpose], call);
    n += escape(line + n, sizeof line - n - TAIL_SIZE, arguments);
    n += (size_t)snprintf(line + n, sizeof line - n, "\",\"result\":%ld", result);
    if (result < 0) n += (size_t)snprintf(line + n, sizeof line - n, ",\"errno\":%d", error);
    n += (size_t)snprintf(line + n, sizeof line - n, ",\"us\":%llu", (unsigned long long)us);
    n += evidence_after(line + n, sizeof line - n - 2, result > 0 && strcmp(call, "clone") == 0 ? result : 0);
    n += (size_t)snprintf(line + n, sizeof line - n, "}\n");
    append(line, n);
    errno = error;
}
