/* Blocks of pcapng: draft-ietf-opsawg-pcapng. Numbers are in this machine's order, as the magic of the section says. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "relay.h"

/* The largest block has a packet of a block of the ring (256 kB, see src/sys/packet-socket.ts) and a few options. */
enum { ROOM = 1 << 20, LARGEST = 1 << 19 };

int write_errno;
static unsigned char buffer[ROOM];
static size_t used, start;

/* What cannot be written is dropped, so that the end is reached whatever happens. Node makes its pipes non-blocking, for us, too. */
void flush(void)
{
    for (size_t done = 0; done < used && !write_errno;) {
        ssize_t written = write(STDOUT_FILENO, buffer + done, used - done);
        if (written > 0) done += (size_t)written;
        else if (written < 0 && errno == EAGAIN) poll(&(struct pollfd){ STDOUT_FILENO, POLLOUT, 0 }, 1, -1);
        else if (written == 0 || errno != EINTR) write_errno = written ? errno : EIO;
    }
    used = 0;
}

void put_bytes(const void *bytes, size_t length)
{
    if (used + length > ROOM) exit(FAILED);
    memcpy(buffer + used, bytes, length);
    used += length;
}

void put16(unsigned value)
{
    put_bytes(&(uint16_t){ (uint16_t)value }, 2);
}

void put32(uint32_t value)
{
    put_bytes(&value, 4);
}

void put_time(uint64_t nanoseconds)
{
    put32((uint32_t)(nanoseconds >> 32));
    put32((uint32_t)nanoseconds);
}

/* As the kernel stamps packets: nanoseconds since 1970. */
uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

void pad(void)
{
    while ((used - start) % 4) put_bytes("", 1);
}

void put_option(enum option code, const void *value, size_t length)
{
    put16(code);
    put16((unsigned)length);
    put_bytes(value, length);
    pad();
}

/* Options have a length of 16 bits. */
void put_text(enum option code, const char *text)
{
    put_option(code, text, strnlen(text, 4096));
}

void begin_block(enum block type)
{
    if (used + LARGEST > ROOM) flush();
    start = used;
    put32(type);
    put32(0);
}

/* Every block of ours has options: this ends their list. */
void end_block(void)
{
    put32(0);
    uint32_t length = (uint32_t)(used - start) + 4;
    put32(length);
    memcpy(buffer + start + 4, &length, 4);
}
