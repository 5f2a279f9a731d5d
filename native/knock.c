/*
 * Asks at a port whether somebody answers: a connection (tcp), or a page (http) as the kubelet asks for it. We are in the
 * workload's network already, and are ended from outside when it takes too long.
 */
#include "minder.h"

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

enum { MOST_READ = 10240, LONG_ENOUGH = 100000 };       /* kubelet: maxRespBodyLength; microseconds */

static int reach(const struct errand *e)
{
    struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(e->port), .sin_addr.s_addr = e->address };
    int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return line >= 0 && connect(line, (struct sockaddr *)&there, sizeof there) == 0 ? line : -1;
}

static bool is_said(char **headers, const char *name)
{
    for (; *headers; headers++)
        if (!strncasecmp(*headers, name, strlen(name))) return true;
    return false;
}

/* Corked, so that it arrives in one piece: a server of three lines of shell reads once. */
static void ask(int line, const struct errand *e)
{
    int on = 1, off = 0;
    setsockopt(line, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
    dprintf(line, "GET /%s HTTP/1.1\r\n", e->path);
    if (!is_said(e->words, "Host:")) dprintf(line, "Host: %s\r\n", e->host);
    if (!is_said(e->words, "User-Agent:")) dprintf(line, "User-Agent: kube-probe/nslab\r\n");
    if (!is_said(e->words, "Accept:")) dprintf(line, "Accept: */*\r\n");
    for (char **header = e->words; *header; header++) dprintf(line, "%s\r\n", *header);
    dprintf(line, "Connection: close\r\n\r\n");
    setsockopt(line, IPPROTO_TCP, TCP_CORK, &off, sizeof off);
}

/* HTTP/1.1 200: the number, or 0. */
static int read_status(int line)
{
    char start[sizeof "HTTP/1.1 200"] = "";
    for (size_t length = 0; length < sizeof start - 1;) {
        ssize_t got = read(line, start + length, sizeof start - 1 - length);
        if (got <= 0) return 0;
        length += (size_t)got;
    }
    return strncmp(start, "HTTP/1.", 7) ? 0 : atoi(start + 9);
}

/* Somebody who is still speaking when we hang up would log an error; somebody who says no more is not waited for. */
static void hear_out(int line)
{
    char rest[1024];
    struct timeval limit = { .tv_usec = LONG_ENOUGH };
    setsockopt(line, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    for (size_t heard = 0; heard < MOST_READ;) {
        ssize_t got = read(line, rest, sizeof rest);
        if (got <= 0) return;
        heard += (size_t)got;
    }
}

int knock(const struct errand *e)
{
    int line = reach(e);
    if (line < 0) return errno;
    if (e->deed == TCP_DEED) return 0;
    ask(line, e);
    int status = read_status(line);
    if (!status) return NO_ANSWER;
    hear_out(line);
    return status >= 200 && status < 400 ? 0 : BAD_ANSWER;
}
