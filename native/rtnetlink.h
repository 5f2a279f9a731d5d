/*
 * rtnetlink(7) messages for `floor`: several in one buffer, sent by one call; the kernel acknowledges the last one.
 */
#ifndef RTNETLINK_H
#define RTNETLINK_H

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include "benchmark.h"

static char buffer[8192];
static size_t length;
static struct nlmsghdr *message;

static void *grow(size_t bytes)
{
    void *at = buffer + length;
    memset(at, 0, NLMSG_ALIGN(bytes));
    length += NLMSG_ALIGN(bytes);
    message->nlmsg_len = buffer + length - (char *)message;
    return at;
}

static void begin(int type, int flags, const void *body, size_t bytes)
{
    message = (struct nlmsghdr *)(buffer + length);
    memcpy((char *)grow(NLMSG_HDRLEN + bytes) + NLMSG_HDRLEN, body, bytes);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
}

static struct rtattr *attribute(int type, const void *data, size_t bytes)
{
    struct rtattr *it = grow(RTA_LENGTH(bytes));
    it->rta_type = type;
    it->rta_len = RTA_LENGTH(bytes);
    if (bytes) memcpy(RTA_DATA(it), data, bytes);
    return it;
}

static void number(int type, unsigned value) { attribute(type, &value, sizeof value); }
static void text(int type, const char *value) { attribute(type, value, strlen(value) + 1); }
static void close_nest(struct rtattr *it) { it->rta_len = buffer + length - (char *)it; }

static void deliver(int socket, const char *what)
{
    char answer[4096];
    message->nlmsg_flags |= NLM_F_ACK;
    message->nlmsg_seq = 1;
    if (send(socket, buffer, length, 0) < 0) die(what);
    length = 0;
    for (;;) {
        ssize_t got = recv(socket, answer, sizeof answer, 0);
        if (got < 0) die(what);
        for (struct nlmsghdr *each = (void *)answer; NLMSG_OK(each, got); each = NLMSG_NEXT(each, got)) {
            if (each->nlmsg_type != NLMSG_ERROR) continue;
            errno = -((struct nlmsgerr *)NLMSG_DATA(each))->error;
            if (errno) die(what);
            if (each->nlmsg_seq == 1) return;
        }
    }
}

static int open_socket(void)
{
    int it = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (it < 0) die("socket");
    return it;
}

#endif
