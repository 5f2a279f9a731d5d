/*
 * driver RECORD DIARY PROGRAM ARG…      (a test's double of the CLI)
 *
 * Starts a shim as the CLI does: 3 a socket, 4 the record, 5 the diary. What it reads from standard input goes to the shim, what
 * the shim says goes to standard output; when its input ends it hangs up, without `stay` or with. Its status is the shim's, or 0
 * once the shim was told to stay.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONTROL = 3, RECORD = 4, DIARY = 5, FREE = 100 };

/* 512 blanks, as the CLI makes it before the shim is there: the record is rewritten, never extended. */
static int make_record(const char *path)
{
    char blank[512];
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    memset(blank, ' ', sizeof blank);
    if (fd < 0 || pwrite(fd, blank, sizeof blank, 0) != sizeof blank) perror(path), _exit(125);
    return fcntl(fd, F_DUPFD_CLOEXEC, FREE);
}

static int open_diary(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0) perror(path), _exit(125);
    return fcntl(fd, F_DUPFD_CLOEXEC, FREE);
}

static pid_t start(char **argv, int *control)
{
    int ends[2], record = make_record(argv[1]), diary = open_diary(argv[2]);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) perror("socketpair"), _exit(125);
    int shims = fcntl(ends[1], F_DUPFD_CLOEXEC, FREE);
    pid_t shim = fork();
    if (shim == 0) {
        if (dup2(shims, CONTROL) < 0 || dup2(record, RECORD) < 0 || dup2(diary, DIARY) < 0) _exit(125);
        execv(argv[3], argv + 3);
        perror(argv[3]);
        _exit(125);
    }
    for (int fd = DIARY + 1; fd < FREE; fd++)           /* what was meant for the shim: a beacon, say, must not last with us */
        if (fd != ends[0]) close(fd);
    close(shims);
    close(record);
    close(diary);
    *control = ends[0];
    return shim;
}

static ssize_t pass(int from, int to, char *text, size_t room)
{
    ssize_t got = read(from, text, room - 1);
    text[got > 0 ? got : 0] = '\0';
    if (got > 0 && write(to, text, (size_t)got) < 0) return -1;
    return got;
}

int main(int argc, char **argv)
{
    int control, status;
    bool stays = false;
    char text[512];

    if (argc < 4) return fprintf(stderr, "driver RECORD DIARY PROGRAM ARG...\n"), 125;
    signal(SIGPIPE, SIG_IGN);
    pid_t shim = start(argv, &control);

    struct pollfd set[] = { { STDIN_FILENO, POLLIN, 0 }, { control, POLLIN, 0 } };
    for (;;) {
        if (poll(set, 2, -1) < 0) continue;
        if (set[1].revents && pass(control, STDOUT_FILENO, text, sizeof text) <= 0) break;
        if (!set[0].revents) continue;
        if (pass(STDIN_FILENO, control, text, sizeof text) <= 0) {
            shutdown(control, SHUT_WR);
            set[0].fd = -1;
        }
        if (strstr(text, "stay")) stays = true;
    }
    if (stays) return 0;
    waitpid(shim, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
