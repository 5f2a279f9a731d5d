/*
 * A pty for the command, relayed to our own 0 and 1. It is opened after entering the mount namespace, from the devpts in
 * there: the command's `tty` and its /dev/pts then speak of the same thing.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441                              /* include/uapi/asm-generic/ioctls.h */
#endif

enum { END_OF_INPUT = 4, LAST_WORDS = 100 };            /* Ctrl-D; milliseconds */

static struct termios before;
static bool is_raw;

void terminal_resize(struct terminal *t)
{
    struct winsize size;
    if (t->master != NO_FD && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ioctl(t->master, TIOCSWINSZ, &size);
}

/* By TIOCGPTPEER and not by name: /dev/pts/N is another terminal in another mount namespace. */
void terminal_open(struct terminal *t, const struct options *o)
{
    int locked = 0;
    t->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (t->master < 0) fail("open", "/dev/ptmx");
    if (ioctl(t->master, TIOCSPTLCK, &locked) < 0) fail("ioctl", "TIOCSPTLCK");
    t->slave = ioctl(t->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (t->slave < 0) fail("ioctl", "TIOCGPTPEER");
    if (fchown(t->slave, o->uid, (gid_t)-1) < 0) fail("fchown", "pty");
    terminal_resize(t);
}

void terminal_take(struct terminal *t)
{
    if (ioctl(t->slave, TIOCSCTTY, 0) < 0) fail("ioctl", "TIOCSCTTY");
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(t->slave, fd) < 0) fail("dup2", "pty");
}

/* The slave is the command's alone from now on: our copy would keep the end of its output from ever being seen. */
void terminal_begin(struct terminal *t)
{
    close(t->slave);
    if (tcgetattr(STDIN_FILENO, &before) < 0) return;
    struct termios raw = before;
    cfmakeraw(&raw);
    is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

/* What is typed is taken only when the last of it has gone in: a command that does not read must not make us swell. */
void terminal_wishes(const struct terminal *t, struct pollfd set[2])
{
    bool hungry = t->master != NO_FD && !t->input_over && !t->length;
    set[0] = (struct pollfd){ hungry ? STDIN_FILENO : NO_FD, POLLIN, 0 };
    set[1] = (struct pollfd){ t->master, (short)(t->length ? POLLIN | POLLOUT : POLLIN), 0 };
}

static void hang_up(struct terminal *t)
{
    if (t->master != NO_FD) close(t->master);
    t->master = NO_FD;
}

/* A pipe that ends says so by ending, a keyboard by Ctrl-D. */
static void take_typed(struct terminal *t)
{
    ssize_t got = read(STDIN_FILENO, t->typed, sizeof t->typed);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
        t->input_over = true;
        t->typed[0] = END_OF_INPUT;
        got = 1;
    }
    t->length = (size_t)got;
}

static void pass_typed(struct terminal *t)
{
    ssize_t put = write(t->master, t->typed, t->length);
    if (put <= 0) return;
    t->length -= (size_t)put;
    for (size_t i = 0; i < t->length; i++) t->typed[i] = t->typed[i + (size_t)put];
}

static bool show(const char *text, ssize_t length)
{
    while (length > 0) {
        ssize_t put = write(STDOUT_FILENO, text, (size_t)length);
        struct pollfd ready = { STDOUT_FILENO, POLLOUT, 0 };
        if (put < 0 && errno == EAGAIN) poll(&ready, 1, -1);
        else if (put < 0 && errno != EINTR) return false;
        if (put > 0) text += put, length -= put;
    }
    return true;
}

/* EIO is how a pty says that nobody has its other side open. Nobody to show it to: hang up, and the command learns of it. */
static void pass_shown(struct terminal *t)
{
    char text[4096];
    ssize_t got = read(t->master, text, sizeof text);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0 || !show(text, got)) hang_up(t);
}

void terminal_relay(struct terminal *t, const struct pollfd set[2])
{
    if (t->master == NO_FD) return;
    if (set[1].revents & POLLOUT) pass_typed(t);
    if (set[0].revents) take_typed(t);
    if (set[1].revents & ~POLLOUT) pass_shown(t);
}

/* The command has ended; what it said last is still on its way. Something it left behind may keep the pty open: not for ever. */
void terminal_end(struct terminal *t)
{
    struct pollfd more = { t->master, POLLIN, 0 };
    while (t->master != NO_FD && poll(&more, 1, LAST_WORDS) == 1) pass_shown(t);
    hang_up(t);
    if (is_raw) tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}
