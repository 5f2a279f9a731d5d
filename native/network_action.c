/*
 * The TCP, HTTP and gRPC actions of a handler: connect(2), and for HTTP one GET as the kubelet sends it. The process has joined the workload's
 * network namespace; handlers.c kills it when it times out.
 */
#include "monitor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { MAX_BODY = 10240, BODY_WAIT = 100000 };          /* kubelet: maxRespBodyLength; microseconds */

static int connect_to(const struct handler *h)
{
    struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(h->port), .sin_addr.s_addr = h->address };
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connection >= 0 && connect(connection, (struct sockaddr *)&there, sizeof there) == 0 ? connection : -1;
}

static bool has_header(char **headers, const char *name)
{
    for (; *headers; headers++)
        if (!strncasecmp(*headers, name, strlen(name))) return true;
    return false;
}

/* TCP_CORK sends the request in one segment: a minimal server may call read(2) only once. */
static void send_request(int connection, const struct handler *h)
{
    int on = 1, off = 0;
    setsockopt(connection, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
    dprintf(connection, "GET /%s HTTP/1.1\r\n", h->path);
    if (!has_header(h->words, "Host:")) dprintf(connection, "Host: %s\r\n", h->host);
    if (!has_header(h->words, "User-Agent:")) dprintf(connection, "User-Agent: kube-probe/nslab\r\n");
    if (!has_header(h->words, "Accept:")) dprintf(connection, "Accept: */*\r\n");
    for (char **header = h->words; *header; header++) dprintf(connection, "%s\r\n", *header);
    dprintf(connection, "Connection: close\r\n\r\n");
    setsockopt(connection, IPPROTO_TCP, TCP_CORK, &off, sizeof off);
}

/* HTTP/1.1 200: the number, or 0. */
static int read_status(int connection)
{
    char start[sizeof "HTTP/1.1 200"] = "";
    for (size_t length = 0; length < sizeof start - 1;) {
        ssize_t got = read(connection, start + length, sizeof start - 1 - length);
        if (got <= 0) return 0;
        length += (size_t)got;
    }
    return strncmp(start, "HTTP/1.", 7) ? 0 : atoi(start + 9);
}

/* Reads the body, so that the server does not log a reset connection, but waits only briefly for more of it. */
static void drain(int connection)
{
    char body[1024];
    struct timeval limit = { .tv_usec = BODY_WAIT };
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    for (size_t length = 0; length < MAX_BODY;) {
        ssize_t got = read(connection, body, sizeof body);
        if (got <= 0) return;
        length += (size_t)got;
    }
}

int network_action(const struct handler *h)
{
    int connection = h->tls ? connect_tls(h) : connect_to(h);
    if (connection < 0) return errno;
    if (h->action == TCP_ACTION) return 0;
    if (h->action == GRPC_ACTION) return grpc_action(connection, h);
    send_request(connection, h);
    int status = read_status(connection);
    if (!status) return NO_HTTP_RESPONSE;
    drain(connection);
    return status >= 200 && status < 400 ? 0 : BAD_HTTP_STATUS;
}
