/*
 * Descriptor 3: whoever started us says `go` and `stay`, we say `started`, `failed`, `exited`. It is asked for at the very
 * start, before anything of ours could take the number.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONTROL = 3 };

static int control = NO_FD;
static char heard[64];
static size_t length;

void control_open(void)
{
    if (fcntl(CONTROL, F_GETFD) >= 0) control = CONTROL;
}

/* A holder's fd 3 is not ours to speak on: it waits there for `stay`. */
void control_is(int fd)
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

/* A reset is an end too: it is what a peer leaves that was killed with our last line unread. */
bool control_listen(void)
{
    ssize_t got = read(control, heard + length, sizeof heard - length);
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    length += (size_t)got;
    return got > 0;
}

static bool take(const char *word)
{
    size_t size = strlen(word);
    if (length < size || memcmp(heard, word, size)) return false;
    length -= size;
    memmove(heard, heard + size, length);
    return true;
}

enum word control_word(void)
{
    while (take("\n")) continue;
    if (take("go")) return GO;
    if (take("stay")) return STAY;
    return length < strlen("stay") ? NOTHING_YET : NONSENSE;
}

/* Never waits: a starter that does not read must not keep the shim from minding its workload. */
void control_say(const char *format, ...)
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
