/*
 * A pty for the command, relayed to the shim's descriptors 0 and 1. It is opened after joining the mount namespace, from the devpts
 * there, so that the command finds its terminal in its own /dev/pts.
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

enum { CTRL_D = 4, DRAIN_MS = 100 };

static struct termios before;
static bool is_raw;

void terminal_resize(struct terminal *t)
{
    struct winsize size;
    if (t->master != NO_FD && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ioctl(t->master, TIOCSWINSZ, &size);
}

/* TIOCGPTPEER instead of the name: /dev/pts/N may be another terminal in this mount namespace. */
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

void terminal_attach(struct terminal *t)
{
    if (ioctl(t->slave, TIOCSCTTY, 0) < 0) fail("ioctl", "TIOCSCTTY");
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(t->slave, fd) < 0) fail("dup2", "pty");
}

/* The shim closes its copy of the slave. Otherwise the master would never report the end of the output. */
void terminal_begin(struct terminal *t)
{
    close(t->slave);
    if (tcgetattr(STDIN_FILENO, &before) < 0) return;
    struct termios raw = before;
    cfmakeraw(&raw);
    is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

/* Input is read only when all of the last was written: a command that does not read must not fill the shim's memory. */
void terminal_poll_set(const struct terminal *t, struct pollfd set[2])
{
    bool wants_input = t->master != NO_FD && !t->input_ended && !t->length;
    set[0] = (struct pollfd){ wants_input ? STDIN_FILENO : NO_FD, POLLIN, 0 };
    set[1] = (struct pollfd){ t->master, (short)(t->length ? POLLIN | POLLOUT : POLLIN), 0 };
}

static void hang_up(struct terminal *t)
{
    if (t->master != NO_FD) close(t->master);
    t->master = NO_FD;
}

/* The end of an input pipe becomes Ctrl-D, the end of input on a terminal. */
static void read_input(struct terminal *t)
{
    ssize_t got = read(STDIN_FILENO, t->input, sizeof t->input);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
        t->input_ended = true;
        t->input[0] = CTRL_D;
        got = 1;
    }
    t->length = (size_t)got;
}

static void write_input(struct terminal *t)
{
    ssize_t put = write(t->master, t->input, t->length);
    if (put <= 0) return;
    t->length -= (size_t)put;
    for (size_t i = 0; i < t->length; i++) t->input[i] = t->input[i + (size_t)put];
}

static bool write_output(const char *text, ssize_t length)
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

/* EIO: no process has the slave open. If the output cannot be written, closing the master sends SIGHUP to the command. */
static void copy_output(struct terminal *t)
{
    char text[4096];
    ssize_t got = read(t->master, text, sizeof text);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0 || !write_output(text, got)) hang_up(t);
}

void terminal_relay(struct terminal *t, const struct pollfd set[2])
{
    if (t->master == NO_FD) return;
    if (set[1].revents & POLLOUT) write_input(t);
    if (set[0].revents) read_input(t);
    if (set[1].revents & ~POLLOUT) copy_output(t);
}

/* The command has ended; its last output is read. A process that it left behind may keep the pty open, so the wait is limited. */
void terminal_end(struct terminal *t)
{
    struct pollfd more = { t->master, POLLIN, 0 };
    while (t->master != NO_FD && poll(&more, 1, DRAIN_MS) == 1) copy_output(t);
    hang_up(t);
    if (is_raw) tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}
