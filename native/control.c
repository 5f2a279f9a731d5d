/*
 * The control socket: whoever is at the other end sends `begin`, `go`, `keep` and `stay`; README.md has the words of the shim. It is looked up
 * first, before a descriptor that the shim opens could get its number.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TRIES = 3 };

static int control = NO_FD;
static char received[64];
static size_t length;

bool is_passed(int fd)
{
    return fcntl(fd, F_GETFD) >= 0 || errno != EBADF;
}

void control_open(void)
{
    if (is_passed(CONTROL_FD)) control = CONTROL_FD;
}

/* `hold` writes to its report pipe instead: on the control pipe, `pause` waits for `stay`. */
void control_use(int fd)
{
    control = fd;
}

int control_fd(void)
{
    return control;
}

void control_close(void)
{
    if (control == NO_FD) return;
    close(control);
    control = NO_FD;
}

/* ECONNRESET counts as end-of-file: the creator was killed before it read the last line. */
bool control_receive(void)
{
    ssize_t got = read(control, received + length, sizeof received - length);
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    length += (size_t)got;
    return got > 0;
}

static bool take(const char *word)
{
    size_t size = strlen(word);
    if (length < size || memcmp(received, word, size)) return false;
    length -= size;
    memmove(received, received + size, length);
    return true;
}

enum word control_next_word(void)
{
    while (take("\n")) continue;
    if (take("begin")) return BEGIN;
    if (take("go")) return GO;
    if (take("keep")) return KEEP;
    if (take("stay")) return STAY;
    return length < strlen("begin") ? NO_WORD : UNKNOWN_WORD;
}

static bool send_line(const char *line, size_t size)
{
    if (send(control, line, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size) return true;
    return errno == ENOTSOCK && write(control, line, size) == (ssize_t)size;
}

/* Never blocks: a creator that does not read must not stop the event loop. That the kernel has no memory for a word just now passes. */
void control_send(const char *format, ...)
{
    char line[256];
    va_list arguments;
    if (control == NO_FD) return;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (size >= (int)sizeof line) line[(size = sizeof line) - 1] = '\n';
    for (int tries = 0; tries < TRIES && !send_line(line, (size_t)size); tries++) continue;
}
