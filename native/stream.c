/*
 * stream: TCP throughput and round-trip time between two processes. `scripts/bench` runs it on each path to and from a pod.
 *
 *     stream serve PORT            serves the two connections of one client, then exits
 *     stream ask ADDRESS PORT      prints {"gbps":…,"rtt":…}: one stream for a second; then one byte there and back, for
 *                                  a second, as the median in microseconds
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "benchmark.h"

enum { CHUNK = 1 << 17, SAMPLES = 1 << 20 };
static char chunk[CHUNK];

static struct sockaddr_in at(const char *address, const char *port)
{
    struct sockaddr_in it = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
    if (inet_pton(AF_INET, address, &it.sin_addr) != 1) die(address);
    return it;
}

static void set_nodelay(int connection)
{
    int on = 1;
    if (setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on)) die("TCP_NODELAY");
}

/* The first connection is a stream, acknowledged by one byte at its end; on the second, each byte is echoed. */
static int serve(const char *port)
{
    struct sockaddr_in here = at("0.0.0.0", port);
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on)) die("SO_REUSEADDR");
    if (bind(listener, (void *)&here, sizeof here) || listen(listener, 2)) die(port);
    int stream = accept(listener, 0, 0);
    while (read(stream, chunk, CHUNK) > 0) continue;
    if (write(stream, chunk, 1) != 1) die("write");
    close(stream);
    int echo = accept(listener, 0, 0);
    set_nodelay(echo);
    while (read(echo, chunk, 1) == 1)
        if (write(echo, chunk, 1) != 1) die("write");
    return 0;
}

/* The server may not listen yet: retries for five seconds. */
static int connect_to(const struct sockaddr_in *there)
{
    for (double end = now() + 5e6;;) {
        int it = socket(AF_INET, SOCK_STREAM, 0);
        if (!connect(it, (const void *)there, sizeof *there)) return it;
        if (now() > end) die("connect");
        close(it);
        usleep(2000);
    }
}

static double gbps(int connection)
{
    double start = now(), bytes = 0;
    while (now() < start + 1e6) {
        ssize_t sent = write(connection, chunk, CHUNK);
        if (sent < 0) die("write");
        bytes += sent;
    }
    shutdown(connection, SHUT_WR);
    if (read(connection, chunk, 1) != 1) die("read");
    return bytes * 8 / (now() - start) / 1e3;
}

static int by_size(const void *a, const void *b) { return (*(float *)a > *(float *)b) - (*(float *)a < *(float *)b); }

static double rtt(int connection)
{
    static float sample[SAMPLES];
    int count = 0;
    for (double start = now(), began = start; began < start + 1e6 && count < SAMPLES; count++) {
        if (write(connection, chunk, 1) != 1 || read(connection, chunk, 1) != 1) die("echo");
        double ended = now();
        sample[count] = ended - began;
        began = ended;
    }
    qsort(sample, count, sizeof *sample, by_size);
    return sample[count / 2];
}

static int ask(const char *address, const char *port)
{
    struct sockaddr_in there = at(address, port);
    int stream = connect_to(&there);
    double speed = gbps(stream);
    int echo = connect_to(&there);
    set_nodelay(echo);
    printf("{\"gbps\":%.2f,\"rtt\":%.1f}\n", speed, rtt(echo));
    return 0;
}

int main(int words, char **word)
{
    if (words == 3 && !strcmp(word[1], "serve")) return serve(word[2]);
    if (words == 4 && !strcmp(word[1], "ask")) return ask(word[2], word[3]);
    fputs("usage: stream serve PORT | stream ask ADDRESS PORT\n", stderr);
    return 2;
}
