/*
 * Descriptor 5: one JSON line for each call that changes something, appended by one write(2), so that several processes can
 * keep one diary. Nobody's work may depend on it: without it we go on in silence, and a reader that is slow misses events.
 */
#include "shim.h"
#include "kernel.h"

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

enum { DIARY = 5, LINE = PIPE_BUF, ENDING = 640 };         /* ENDING: what follows the arguments */

/* A workload that crashes for weeks would fill /run with the story of its restarts. */
static const off_t ENOUGH = 8 << 20;

static int pages = NO_FD, proc = NO_FD;
static long who;

/* Our number as the host counts: its /proc says it, also from inside a pid namespace that counts anew. */
static void look_up_who(void)
{
    char name[16] = "";
    if (proc == NO_FD || readlinkat(proc, "self", name, sizeof name - 1) < 0) who = getpid();
    else who = strtol(name, NULL, 10);
}

void diary_open(void)
{
    if (fcntl(DIARY, F_GETFD) < 0) return;
    pages = DIARY;
    proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);     /* kept: it is the host's wherever we go */
    look_up_who();
}

void diary_forked(void)
{
    struct stat now;
    witness(0);                                         /* what our parent watched is its own affair */
    if (pages == NO_FD) return;
    look_up_who();
    if (fstat(pages, &now) == 0 && S_ISREG(now.st_mode) && now.st_size > ENOUGH) pages = NO_FD;
}

void diary_close(void)
{
    if (pages == NO_FD) return;
    close(pages);
    close(proc);
    pages = proc = NO_FD;
}

uint64_t diary_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* What goes in is ASCII already (quote() sees to it), so two characters are all that JSON minds. */
static size_t escape(char *out, size_t room, const char *text)
{
    size_t n = 0;
    for (; *text && n + 2 < room; text++) {
        if (*text == '"' || *text == '\\') out[n++] = '\\';
        out[n++] = *text;
    }
    return n;
}

int diary_proc(void)
{
    return pages == NO_FD ? NO_FD : proc;
}

static void append(const char *line, size_t size)
{
    struct pollfd ready = { .fd = pages, .events = POLLOUT };
    if (poll(&ready, 1, 0) == 1 && write(pages, line, size) < 0) return;
}

void diary(const char *call, uint64_t began, long result, const char *format, ...)
{
    char words[LINE / 2], line[LINE];
    int error = errno;
    uint64_t us = (diary_now() - began) / 1000;
    va_list arguments;

    if (pages == NO_FD) return;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);

    size_t n = (size_t)snprintf(line, sizeof line, "{\"t\":%llu,\"channel\":\"shim\",\"who\":%ld,\"call\":\"%s\",\"args\":\"",
                                (unsigned long long)began, who, call);
    n += escape(line + n, sizeof line - n - ENDING, words);
    n += (size_t)snprintf(line + n, sizeof line - n, "\",\"result\":%ld", result);
    if (result < 0) n += (size_t)snprintf(line + n, sizeof line - n, ",\"errno\":%d", error);
    n += (size_t)snprintf(line + n, sizeof line - n, ",\"us\":%llu", (unsigned long long)us);
    n += testify(line + n, sizeof line - n - 2, result > 0 && strcmp(call, "clone") == 0 ? result : 0);
    n += (size_t)snprintf(line + n, sizeof line - n, "}\n");
    append(line, n);
    errno = error;
}
