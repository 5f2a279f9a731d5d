/*
 * The control socket: the creator sends `go` and `stay`, the shim sends `started`, `startup-done`, `failed`, `exited`. It is looked up
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

static int control = NO_FD;
static char received[64];
static size_t length;

void control_open(void)
{
    if (fcntl(CONTROL_FD, F_GETFD) >= 0) control = CONTROL_FD;
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
    if (take("go")) return GO;
    if (take("stay")) return STAY;
    return length < strlen("stay") ? NO_WORD : UNKNOWN_WORD;
}

/* Never blocks: a creator that does not read must not stop the event loop. */
void control_send(const char *format, ...)
{
    char line[256];
    va_list arguments;
    if (control == NO_FD) return;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (size >= (int)sizeof line) line[(size = sizeof line) - 1] = '\n';
    if (send(control, line, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == ENOTSOCK)
        if (write(control, line, (size_t)size) < 0) return;
}
