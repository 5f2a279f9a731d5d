/*
 * answer PORT FILE      (a test's double of a server)
 *
 * Prints what each caller says, up to a blank line, and answers with what is in FILE at that moment. Without a FILE it says
 * nothing and keeps the line open.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_at(int port)
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
    int on = 1, channel = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(channel, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(channel, (struct sockaddr *)&here, sizeof here) < 0 || listen(channel, 16) < 0) perror("answer"), exit(1);
    return channel;
}

static void hear(int line)
{
    char said[8192];
    size_t length = 0;
    do {
        ssize_t got = read(line, said + length, sizeof said - 1 - length);
        if (got <= 0) return;
        length += (size_t)got;
        said[length] = '\0';
    } while (!strstr(said, "\r\n\r\n"));
    if (write(STDOUT_FILENO, said, length) < 0) exit(1);
}

int main(int argc, char **argv)
{
    char text[4096];
    if (argc != 3) return 1;
    int channel = listen_at(atoi(argv[1]));
    for (int line; (line = accept(channel, NULL, NULL)) >= 0;) {
        hear(line);
        int file = open(argv[2], O_RDONLY);
        if (file < 0) continue;
        ssize_t length = read(file, text, sizeof text);
        if (length < 0 || write(line, text, (size_t)length) < 0) perror("answer");
        close(file);
        close(line);
    }
    return 1;
}
