/*
 * Messages of netlink groups: each datagram is a packet, behind the number (nsid) by which the socket's namespace knows the one that it is
 * about; -1 is its own. A packet of the number alone says that messages were lost: more came than the socket had room for.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include "descriptors.h"
#include "relay.h"

enum { LINKTYPE_USER0 = 147 };                          /* https://www.tcpdump.org/linktypes.html: for private use */
enum { SOL_NETLINK_LEVEL = 270 };                       /* include/linux/socket.h: SOL_NETLINK */
enum { LISTEN_ALL_NSID = 8 };                           /* include/uapi/linux/netlink.h: NETLINK_LISTEN_ALL_NSID */
enum { ROOM = 1 << 16 };

static void put_message(unsigned id, int32_t nsid, const void *bytes, size_t length)
{
    begin_block(PACKET);
    put32(id);
    put_time(now());
    put32((uint32_t)length + 4);
    put32((uint32_t)length + 4);
    put32((uint32_t)nsid);
    put_bytes(bytes, length);
    pad();
    end_block();
}

static int32_t nsid_of(struct msghdr *header)
{
    int32_t nsid = -1;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(header); each; each = CMSG_NXTHDR(header, each))
        if (each->cmsg_level == SOL_NETLINK_LEVEL && each->cmsg_type == LISTEN_ALL_NSID) memcpy(&nsid, CMSG_DATA(each), sizeof nsid);
    return nsid;
}

/* Returns how many messages there were: all that have come. */
static uint64_t take_messages(unsigned id, uint64_t *lost)
{
    static char bytes[ROOM];
    for (uint64_t taken = 0;;) {
        char control[CMSG_SPACE(64)];
        struct iovec place = { bytes, sizeof bytes };
        struct msghdr header = { .msg_iov = &place, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
        ssize_t length = recvmsg(SOURCE_FD + (int)id, &header, MSG_DONTWAIT);
        if (length < 0 && errno == ENOBUFS) ++*lost, put_message(id, -1, "", 0);
        else if (length < 0) return taken;
        else taken++, put_message(id, nsid_of(&header), bytes, (size_t)length);
    }
}

struct summary relay_messages(char **names, int count)
{
    struct summary summary = { 0 };
    for (int id = 0; id < count; id++) {
        begin_block(INTERFACE);
        put16(LINKTYPE_USER0);
        put16(0);
        put32(0);
        put_text(IF_NAME, names[id]);
        put_option(IF_TSRESOL, (unsigned char[]){ 9 }, 1);
        end_block();
    }
    flush();
    for (bool ending = false; !ending && !write_errno; flush()) {
        ending = wait_for_source(count, -1, NULL);
        for (int id = 0; id < count; id++) summary.captured += take_messages((unsigned)id, &summary.dropped);
    }
    summary.received = summary.captured;
    return summary;
}
