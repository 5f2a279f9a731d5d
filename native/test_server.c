/*
 * test_server PORT FILE      (test double of an HTTP server)
 *
 * Prints each request up to a blank line and answers with the content of FILE at that moment. Without a FILE it sends nothing and
 * keeps the connection open.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(int port)
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) < 0 || listen(listener, 16) < 0) perror("test_server"), exit(1);
    return listener;
}

static void print_request(int connection)
{
    char request[8192];
    size_t length = 0;
    do {
        ssize_t got = read(connection, request + length, sizeof request - 1 - length);
        if (got <= 0) return;
        length += (size_t)got;
        request[length] = '\0';
    } while (!strstr(request, "\r\n\r\n"));
    if (write(STDOUT_FILENO, request, length) < 0) exit(1);
}

int main(int argc, char **argv)
{
    char text[4096];
    if (argc != 3) return 1;
    int listener = listen_on(atoi(argv[1]));
    for (int connection; (connection = accept(listener, NULL, NULL)) >= 0;) {
        print_request(connection);
        int file = open(argv[2], O_RDONLY);
        if (file < 0) continue;
        ssize_t length = read(file, text, sizeof text);
        if (length < 0 || write(connection, text, (size_t)length) < 0) perror("test_server");
        close(file);
        close(connection);
    }
    return 1;
}
