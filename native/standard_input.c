/*
 * The standard input of a workload with `stdin` or `tty`: a pipe that nothing is written to and that the shim keeps open, so that a shell
 * waits for its next line, as one does that nothing is attached to. /dev/null would end it at once.
 */
#include "shim.h"

#include <fcntl.h>
#include <unistd.h>

void open_standard_input(void)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0 || dup2(ends[0], STDIN_FILENO) < 0) fail("pipe2", NULL);
    close(ends[0]);
}
