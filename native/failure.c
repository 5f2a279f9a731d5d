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

struct failure failure_now(int status, const char *step, const char *what)
{
    struct failure f = { .status = status, .error = errno };
    snprintf(f.step, sizeof f.step, "%s", step);
    snprintf(f.what, sizeof f.what, "%s", what ? what : "");
    for (char *c = f.what; *c; c++)
        if ((unsigned char)*c < ' ' || *c == '\177') *c = '?';      /* a failure is one line */
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
    dprintf(STDERR_FILENO, "shim: usage: %s %s\n", what, word);
    control_send("failed usage %d %s %s\n", EINVAL, what, word);
    _exit(SHIM_FAILED);
}
