/*
 * The last steps of an attempt: descriptors, signals, working directory, execve.
 */
#include "shim.h"
#include "syscalls.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIGNALS = 64 };                                  /* include/uapi/asm-generic/signal.h: _NSIG */

extern char **environ;

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";      /* moby: DefaultPathEnv */

/*
 * Ignored and blocked signals survive execve, and the workload must start with none. By rt_sigaction(2), because the C library refuses
 * to change signals 32 to 34, which glibc's posix_spawn(3) (in make, for one) leaves ignored.
 */
static void reset_signals(void)
{
    static const char defaults[64];                     /* struct sigaction: SIG_DFL, no flags, no mask are all 0 */
    sigset_t none;
    for (int signal = 1; signal <= SIGNALS; signal++) syscall(SYS_rt_sigaction, signal, defaults, NULL, SIGNALS / 8UL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Marked, not closed: the report pipe must stay open until execve succeeds. */
static void close_everything_at_exec(void)
{
    if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0) fail("close_range", "3, ~0U, CLOSE_RANGE_CLOEXEC");
}

static bool is_program(const char *path, int *error)
{
    struct stat what;
    if (stat(path, &what) < 0) {
        if (errno != ENOENT && errno != ENOTDIR) *error = errno;
        return false;
    }
    if (S_ISREG(what.st_mode) && access(path, X_OK) == 0) return true;
    *error = EACCES;
    return false;
}

/* The first executable in PATH. A file that is found but not executable leads to status 126, not 127. */
static const char *find_program(const char *name, char found[PATH_MAX])
{
    const char *path = getenv("PATH");
    int error = ENOENT;
    if (strchr(name, '/')) return name;
    if (!path || !*path) path = default_path;
    for (const char *next; *name; path = next + 1) {
        int length = (int)((next = strchrnul(path, ':')) - path);
        snprintf(found, PATH_MAX, "%.*s/%s", length ? length : 1, length ? path : ".", name);
        if (is_program(found, &error)) return found;
        if (!*next) break;
    }
    errno = error;
    return NULL;
}

static int status_of(int error)
{
    return error == ENOENT || error == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
}

/* Before the call: after a successful execve this program is gone. */
static void transcribe_exec(const char *program, char **command)
{
    char words[4 * QUOTED_SIZE], one[QUOTED_SIZE];
    int variables = 0;
    while (environ[variables]) variables++;
    transcript_write(FOR_EXECUTE_WORKLOAD, "execve", monotonic_ns(), 0, "%s, [%s], %d variables", quote(one, program), quote_list(words, sizeof words, command), variables);
}

_Noreturn void launch(const struct options *o)
{
    char found[PATH_MAX];
    close_everything_at_exec();
    reset_signals();
    umask(022);
    /* A step of its own, because a missing directory and a missing program are both ENOENT. */
    if (chdir(o->cwd) < 0) fail("chdir", o->cwd);

    const char *program = find_program(*o->command, found);
    if (!program) fail_as(status_of(errno), "execve", *o->command);
    transcribe_exec(program, o->command);
    uint64_t began = monotonic_ns();
    execve(program, o->command, environ);
    transcript_write(FOR_EXECUTE_WORKLOAD, "execve", began, -1, "\"%s\"", program);
    fail_as(status_of(errno), "execve", *o->command);
}
