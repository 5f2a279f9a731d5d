/*
 * A failure is told once, by the shim: on the control socket to whoever started us, who tells people in his own words; on
 * stderr where there is nobody. A child that fails hands its failure to the shim and is gone; were it to speak for itself, two processes would tell it.
 */
#include "shim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int parent = NO_FD;

void failures_go_to(int pipe)
{
    parent = pipe;
}

struct failure failure_now(int status, const char *step, const char *what)
{
    struct failure f = { .status = status, .error = errno };
    snprintf(f.step, sizeof f.step, "%s", step);
    snprintf(f.what, sizeof f.what, "%s", what ? what : "");
    for (char *c = f.what; *c; c++)
        if ((unsigned char)*c < ' ' || *c == '\177') *c = '?';      /* one failure, one line */
    return f;
}

void complain(const struct failure *f)
{
    const char *gap = *f->what ? " " : "";
    if (control_fd() == NO_FD) dprintf(STDERR_FILENO, "shim: %s%s%s: %s\n", f->step, gap, f->what, strerror(f->error));
    control_say("failed %s %d%s%s\n", f->step, f->error, gap, f->what);
}

_Noreturn void fail_as(int status, const char *step, const char *what)
{
    struct failure f = failure_now(status, step, what);
    if (parent == NO_FD) complain(&f);
    else if (write(parent, &f, sizeof f) < 0) status = BROKEN;      /* nobody is there to be told */
    _exit(status);
}

_Noreturn void fail(const char *step, const char *what)
{
    fail_as(BROKEN, step, what);
}

_Noreturn void refuse(const char *what, const char *word)
{
    dprintf(STDERR_FILENO, "shim: usage: %s %s\n", what, word);
    control_say("failed usage %d %s %s\n", EINVAL, what, word);
    _exit(BROKEN);
}
