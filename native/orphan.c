/*
 * orphan N: makes N orphans, one after the other, for tests of reaping. Each as a daemon is made: the parent forks and exits, the
 * child waits until it has another parent, and exits. That parent must reap it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void outlive(pid_t parent)
{
    const struct timespec a_moment = { .tv_nsec = 1000000 };
    while (getppid() == parent) nanosleep(&a_moment, NULL);
    _exit(0);
}

static _Noreturn void leave_a_child_behind(void)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) outlive(parent);
    _exit(child < 0);
}

static int one_orphan(void)
{
    int status;
    pid_t parent = fork();
    if (parent == 0) leave_a_child_behind();
    return parent > 0 && waitpid(parent, &status, 0) == parent && status == 0;
}

int main(int argc, char **argv)
{
    for (int wanted = argc > 1 ? atoi(argv[1]) : 1; wanted > 0; wanted--)
        if (!one_orphan()) {
            perror("orphan");
            return 1;
        }
    return 0;
}
