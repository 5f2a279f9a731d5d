/*
 * As much of HTTP as an exercise or a probe needs: one request, one answer.
 */
#include "webserver.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST = 16384 };

static void find_peer(int connection, struct request *r)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    char address[INET6_ADDRSTRLEN] = "?";
    unsigned number = 0;
    if (getpeername(connection, (struct sockaddr *)&peer, &size) == 0) {
        const struct sockaddr_in6 *six = (void *)&peer;
        const struct sockaddr_in *four = (void *)&peer;
        if (peer.ss_family == AF_INET) inet_ntop(AF_INET, &four->sin_addr, address, sizeof address), number = ntohs(four->sin_port);
        else inet_ntop(AF_INET6, &six->sin6_addr, address, sizeof address), number = ntohs(six->sin6_port);
    }
    snprintf(r->peer, sizeof r->peer, "%s:%u", strncmp(address, "::ffff:", 7) ? address : address + 7, number);
}

static bool read_request(int connection, char *buffer, struct request *r)
{
    size_t size = 0;
    buffer[0] = '\0';
    while (!strstr(buffer, "\r\n\r\n")) {
        ssize_t got = size < REQUEST - 1 ? read(connection, buffer + size, REQUEST - 1 - size) : 0;
        if (got <= 0) return false;
        buffer[size += (size_t)got] = '\0';
    }
    char *line = buffer, *rest = strstr(buffer, "\r\n");
    *rest = '\0';
    r->headers = rest + 2;
    strstr(r->headers, "\r\n\r\n") ? *strstr(r->headers, "\r\n\r\n") = '\0' : (void)0;
    r->method = strsep(&line, " ");
    r->path = line ? strsep(&line, " ") : NULL;
    if (!r->path || *r->path != '/') return false;
    r->query = strchr(r->path, '?');
    if (r->query) *r->query++ = '\0';
    return true;
}

void serve(int connection, const struct kind *kind)
{
    static char buffer[REQUEST];
    struct request r = { 0 };
    alarm(60);
    find_peer(connection, &r);
    if (!read_request(connection, buffer, &r)) return;
    answer.type = "text/plain; charset=utf-8";
    int status = kind->answer(&r);
    if (status < 100 || status > 599) status = 200;
    dprintf(STDOUT_FILENO, "%s %s %s %d\n", r.peer, r.method, r.path, status);
    dprintf(connection, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status,
            status < 400 ? "OK" : "Error", answer.type, answer.length);
    for (size_t at = 0; strcmp(r.method, "HEAD") && at < answer.length;) {
        ssize_t put = write(connection, answer.body + at, answer.length - at);
        if (put <= 0) return;
        at += (size_t)put;
    }
}
