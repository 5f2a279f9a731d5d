/*
 * A failure is reported once, by the shim: on the control socket, else on stderr. A child that fails writes its failure to a pipe and
 * exits; the shim reports it.
 */
#include "shim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int parent = NO_FD;

void failures_to_pipe(int pipe)
{
    parent = pipe;
}

/* The length of a UTF-8 sequence at which a terminal acts: C1 controls, and what turns the direction of the text; else 0. */
static size_t acted_on(const char *c)
{
    unsigned char a = (unsigned char)c[0], b = a ? (unsigned char)c[1] : 0, last = b ? (unsigned char)c[2] : 0;
    if ((a == 0xc2 && b >= 0x80 && b <= 0x9f) || (a == 0xd8 && b == 0x9c)) return 2;
    if (a != 0xe2) return 0;
    if (b == 0x80 && (last == 0x8e || last == 0x8f || (last >= 0xaa && last <= 0xae))) return 3;
    return b == 0x81 && last >= 0xa6 && last <= 0xa9 ? 3 : 0;
}

/* A failure is one line, and what it quotes does not control the terminal. */
static void make_plain(char *text)
{
    for (char *c = text; *c; c++) {
        size_t length = acted_on(c);
        if (length) memset(c, '?', length);
        else if ((unsigned char)*c < ' ' || *c == '\177') *c = '?';
    }
}

struct failure failure_now(int status, const char *step, const char *what)
{
    struct failure f = { .status = status, .error = errno };
    snprintf(f.step, sizeof f.step, "%s", step);
    snprintf(f.what, sizeof f.what, "%s", what ? what : "");
    make_plain(f.what);
    return f;
}

void report_failure(const struct failure *f)
{
    const char *gap = *f->what ? " " : "";
    if (control_fd() == NO_FD) dprintf(STDERR_FILENO, "shim: %s%s%s: %s\n", f->step, gap, f->what, strerror(f->error));
    control_send("failed %s %d%s%s\n", f->step, f->error, gap, f->what);
}

_Noreturn void fail_as(int status, const char *step, const char *what)
{
    struct failure f = failure_now(status, step, what);
    if (parent == NO_FD) report_failure(&f);
    else if (write(parent, &f, sizeof f) < 0) status = SHIM_FAILED;     /* the parent has ended */
    _exit(status);
}

_Noreturn void fail(const char *step, const char *what)
{
    fail_as(SHIM_FAILED, step, what);
}

_Noreturn void usage_error(const char *what, const char *word)
{
    char plain[160];
    snprintf(plain, sizeof plain, "%s", word);
    make_plain(plain);
    dprintf(STDERR_FILENO, "shim: usage: %s %s\n", what, plain);
    control_send("failed usage %d %s %s\n", EINVAL, what, plain);
    _exit(SHIM_FAILED);
}
