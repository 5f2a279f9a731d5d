/*
 * The sockets between the supervisor, its creator and the shims. README.md has the words.
 */
#include "supervisor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TRIES = 3 };

/*
 * Never blocks: a reader that is stopped must not stop the others. A word is short, so that there is room for it; that the kernel has no
 * memory for it just now passes.
 */
void say(int fd, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list list;
    if (fd == NO_FD) return;
    va_start(list, format);
    int size = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (size >= (int)sizeof line) line[(size = sizeof line) - 1] = '\n';
    for (int tries = 0; tries < TRIES && send(fd, line, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0; tries++) continue;
}

void drop(struct container *c)
{
    if (c->fd == NO_FD) return;
    close(c->fd);
    c->fd = NO_FD;
    c->turn = OVER;
}

/* The shim answers `stay` by closing its end. */
void let_go(struct container *c)
{
    if (c->fd == NO_FD || c->is_let_go) return;
    c->is_let_go = true;
    say(c->fd, "stay\n");
}

void keep(struct container *c)
{
    if (c->is_kept) return;
    c->is_kept = true;
    say(c->fd, "keep\n");
}

bool receive(struct container *c)
{
    if (c->length == sizeof c->line) c->length = 0;     /* no shim says such a word */
    ssize_t got = recv(c->fd, c->line + c->length, sizeof c->line - c->length, MSG_DONTWAIT);
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    c->length += (size_t)got;
    return got > 0;
}

const char *next_line(struct container *c)
{
    static char line[LINE_SIZE];
    char *end = memchr(c->line, '\n', c->length);
    if (!end) return NULL;
    size_t used = (size_t)(end + 1 - c->line);
    memcpy(line, c->line, used);
    line[used - 1] = '\0';
    memmove(c->line, end + 1, c->length -= used);
    return line;
}
