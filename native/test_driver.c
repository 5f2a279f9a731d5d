/*
 * test_driver RECORD TRANSCRIPT PROGRAM ARG…      (test double of the CLI)
 *
 * Starts a shim as the CLI does: with a control socket, the record and the transcript. Copies its standard input to the shim and the
 * shim's words to its descriptor 3, away from what the workload writes; at the end of its input it closes the socket, after `stay` or
 * without it. Its status is the shim's, or 0 after `stay`.
 */
#include "descriptors.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WORDS_FD = 3,                                       /* in this process; in the shim it is the control socket */
    FREE_FD = 100                                       /* above every descriptor that a test passes to the shim */
};

/* 512 blanks, as the CLI makes it: the shim rewrites the record and never extends it. */
static int make_record(const char *path)
{
    char blank[512];
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    memset(blank, ' ', sizeof blank);
    if (fd < 0 || pwrite(fd, blank, sizeof blank, 0) != sizeof blank) perror(path), _exit(125);
    return fcntl(fd, F_DUPFD_CLOEXEC, FREE_FD);
}

static int open_transcript(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0) perror(path), _exit(125);
    return fcntl(fd, F_DUPFD_CLOEXEC, FREE_FD);
}

static pid_t start(char **argv, int *control)
{
    int ends[2], record = make_record(argv[1]), transcript = open_transcript(argv[2]);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) perror("socketpair"), _exit(125);
    int shim_end = fcntl(ends[1], F_DUPFD_CLOEXEC, FREE_FD);
    pid_t shim = fork();
    if (shim == 0) {
        if (dup2(shim_end, CONTROL_FD) < 0 || dup2(record, RECORD_FD) < 0 || dup2(transcript, TRANSCRIPT_FD) < 0) _exit(125);
        execv(argv[3], argv + 3);
        perror(argv[3]);
        _exit(125);
    }
    for (int fd = FIRST_PASSED_FD; fd < FREE_FD; fd++)  /* a pipe end passed to the shim must not stay open in this process */
        if (fd != ends[0]) close(fd);
    close(shim_end);
    close(record);
    close(transcript);
    *control = ends[0];
    return shim;
}

static ssize_t copy(int from, int to, char *text, size_t room)
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

    if (argc < 4) return fprintf(stderr, "test_driver RECORD TRANSCRIPT PROGRAM ARG...\n"), 125;
    signal(SIGPIPE, SIG_IGN);
    pid_t shim = start(argv, &control);

    struct pollfd set[] = { { STDIN_FILENO, POLLIN, 0 }, { control, POLLIN, 0 } };
    for (;;) {
        if (poll(set, 2, -1) < 0) continue;
        if (set[1].revents && copy(control, WORDS_FD, text, sizeof text) <= 0) break;
        if (!set[0].revents) continue;
        if (copy(STDIN_FILENO, control, text, sizeof text) <= 0) {
            shutdown(control, SHUT_WR);
            set[0].fd = -1;
        }
        if (strstr(text, "stay")) stays = true;
    }
    if (stays) return 0;
    waitpid(shim, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
