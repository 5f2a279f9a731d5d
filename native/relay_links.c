/* The interfaces of a capture. One that comes later is described when its first packet does. */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include "descriptors.h"
#include "relay.h"

enum { LINKTYPE_ETHERNET = 1, LINKTYPE_RAW = 101 };     /* https://www.tcpdump.org/linktypes.html */
enum { ARPHRD_ETHER = 1, ARPHRD_LOOPBACK = 772 };       /* include/uapi/linux/if_arp.h */

static struct link *links;
static unsigned count;
static const char *filter;

/* Asked of the socket, so of the namespace in which it was opened. Without a link layer of Ethernet's a packet begins with IP. */
static void describe(int index, const char *description)
{
    struct ifreq request = { .ifr_ifindex = index };
    unsigned type = ARPHRD_ETHER;
    if (ioctl(SOURCE_FD, SIOCGIFNAME, &request) < 0) snprintf(request.ifr_name, IFNAMSIZ, "if%d", index);
    else if (ioctl(SOURCE_FD, SIOCGIFHWADDR, &request) == 0) type = request.ifr_hwaddr.sa_family;

    begin_block(INTERFACE);
    put16(type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK ? LINKTYPE_ETHERNET : LINKTYPE_RAW);
    put16(0);
    put32(0);                                           /* packets are as long as they are */
    put_text(IF_NAME, request.ifr_name);
    if (*description) put_text(IF_DESCRIPTION, description);
    put_option(IF_TSRESOL, (unsigned char[]){ 9 }, 1);
    if (*filter) {
        char text[1024];
        text[0] = 0;                                    /* in the words of libpcap */
        size_t length = strnlen(filter, sizeof text - 1);
        memcpy(text + 1, filter, length);
        put_option(IF_FILTER, text, length + 1);
    }
    end_block();
}

static struct link *add_link(int index, const char *description)
{
    struct link *more = realloc(links, (count + 1) * sizeof *links);
    if (!more) exit(FAILED);
    links = more;
    links[count] = (struct link){ index, 0 };
    describe(index, description);
    return &links[count++];
}

void announce_links(char **words, int many, const char *expression)
{
    filter = expression;
    for (int at = 0; at + 1 < many; at += 2) add_link(atoi(words[at]), words[at + 1]);
}

/* Packets come in runs of one interface. */
struct link *find_link(int index, unsigned *id)
{
    static unsigned last;
    if (last >= count || links[last].index != index)
        for (last = 0; last < count && links[last].index != index; last++) continue;
    *id = last;
    return last < count ? &links[last] : add_link(index, "");
}

/* The kernel counts for the socket, so for all interfaces together where there are several. */
void put_statistics(uint64_t received, uint64_t dropped)
{
    char all[128];
    snprintf(all, sizeof all, "all interfaces together: %llu received by the filter, %llu dropped by the kernel",
             (unsigned long long)received, (unsigned long long)dropped);
    for (unsigned id = 0; id < count; id++) {
        begin_block(STATISTICS);
        put32(id);
        put_time(now());
        if (count == 1) {
            put_option(ISB_FILTERACCEPT, &received, 8);
            put_option(ISB_OSDROP, &dropped, 8);
        } else put_text(COMMENT, all);
        put_option(ISB_USRDELIV, &links[id].packets, 8);
        end_block();
    }
    flush();
}
