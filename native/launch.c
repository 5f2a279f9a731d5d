/*
 * The last steps of a try: a clean process, the directory, the program. From execve on, it is the workload.
 */
#include "shim.h"
#include "kernel.h"

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
 * An ignored or blocked signal survives execve; a workload that starts deaf to TERM would never know why it is killed. Asked of the
 * kernel itself: a C library keeps 32 to 34 to itself, and posix_spawn(3) of glibc, by which make starts us, has them ignored.
 */
static void reset_signals(void)
{
    static const char plain[64];                        /* SIG_DFL, no flags, no mask: all of them 0, in whatever order */
    sigset_t none;
    for (int signal = 1; signal <= SIGNALS; signal++) syscall(SYS_rt_sigaction, signal, plain, NULL, SIGNALS / 8UL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Marked, not closed: the pipe that tells of a failed execve must last until there is none. */
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

/* The first one in PATH that can be run. A name that is found and cannot be is not "not found": 126, not 127. */
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

/* Written before it happens: after it nobody is left to write. */
static void announce(const char *program, char **command)
{
    char words[4 * QUOTED], one[QUOTED];
    int variables = 0;
    while (environ[variables]) variables++;
    diary("execve", diary_now(), 0, "%s, [%s], %d variables", quote(one, program), quote_words(words, sizeof words, command), variables);
}

_Noreturn void launch(const struct options *o)
{
    char found[PATH_MAX];
    close_everything_at_exec();
    reset_signals();
    umask(022);
    /* Its own step: a missing directory and a missing program are both ENOENT. */
    if (chdir(o->cwd) < 0) fail("chdir", o->cwd);

    const char *program = find_program(*o->command, found);
    if (!program) fail_as(status_of(errno), "execve", *o->command);
    announce(program, o->command);
    uint64_t began = diary_now();
    execve(program, o->command, environ);
    diary("execve", began, -1, "\"%s\"", program);
    fail_as(status_of(errno), "execve", *o->command);
}
