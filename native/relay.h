/*
 * The functions of `relay`. The files form layers, each calls only those above it in this list:
 *
 *     relay_blocks.c          blocks of pcapng, to standard output
 *     relay_links.c           the interfaces of a capture, and the statistics at its end
 *     relay_packets.c         packets, from a ring that the kernel fills
 *     relay_messages.c        messages of netlink groups
 *     relay.c                 the command line, privileges, the end
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum status { DONE = 0, FAILED = 1, USAGE = 2 };

/* draft-ietf-opsawg-pcapng: the types of its blocks, and the numbers of their options */
enum block { INTERFACE = 1, STATISTICS = 5, PACKET = 6 };
enum option {
    COMMENT = 1,
    IF_NAME = 2, IF_DESCRIPTION = 3, IF_TSRESOL = 9, IF_FILTER = 11,
    EPB_FLAGS = 2,
    ISB_FILTERACCEPT = 6, ISB_OSDROP = 7, ISB_USRDELIV = 8,
};
enum direction { INBOUND = 1, OUTBOUND = 2 };          /* of EPB_FLAGS */
enum reception { UNICAST = 1 << 2, MULTICAST = 2 << 2, BROADCAST = 3 << 2, PROMISCUOUS = 4 << 2 };

/* relay_blocks.c: a block is written into a buffer, which goes out when it is full, and by flush(). `write_errno`: why it could not. */
extern int write_errno;
void begin_block(enum block type);
void put16(unsigned value);
void put32(uint32_t value);
void put_time(uint64_t nanoseconds);
uint64_t now(void);
void put_bytes(const void *bytes, size_t length);
void pad(void);
void put_option(enum option code, const void *value, size_t length);
void put_text(enum option code, const char *text);
void end_block(void);
void flush(void);

/* relay_links.c. `words`: index and description of each interface that is known at the start. */
struct link { int index; uint64_t packets; };
void announce_links(char **words, int count, const char *filter);
struct link *find_link(int index, unsigned *id);
void put_statistics(uint64_t received, uint64_t dropped);

/* How a capture went. */
struct summary { uint64_t captured, received, dropped; int error; };

/*
 * Waits up to `milliseconds` (-1: for ever) for something to read. True when the relay is asked to end, or `*error` says why it has to:
 * taken from the socket, so NULL for sockets whose reader shall meet it.
 */
bool wait_for_source(int sources, int milliseconds, int *error);

/* relay_packets.c: returns when `limit` packets (0: no limit) were taken, or the relay is asked to end. */
struct ring { size_t size, blocks; uint64_t limit; };
struct summary relay_packets(struct ring ring);

/* relay_messages.c: the same for messages of netlink sockets, from SOURCE_FD on. */
struct summary relay_messages(char **names, int count);

#endif
