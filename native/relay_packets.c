/*
 * Packets from a ring that the kernel fills (TPACKET_V3), block by block: the socket, its ring and its filter are the creator's. When no
 * block is free the kernel drops packets, and counts them.
 */
#include <arpa/inet.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "descriptors.h"
#include "packet_ring.h"
#include "relay.h"

enum { SOL_PACKET_LEVEL = 263 };                        /* include/linux/socket.h: SOL_PACKET */
enum { ADDRESSES = 12, TAG = 4 };                       /* of an Ethernet frame; IEEE 802.1Q */

/* The kernel hands over a block that is not full after RETIRE milliseconds (src/sys/packet-socket.ts); this is generous. */
enum { LAST_BLOCK = 100 };

static uint32_t flags_of(unsigned char type)
{
    switch (type) {
    case PACKET_OUTGOING: return OUTBOUND;
    case PACKET_BROADCAST: return INBOUND | BROADCAST;
    case PACKET_MULTICAST: return INBOUND | MULTICAST;
    case PACKET_OTHERHOST: return INBOUND | PROMISCUOUS;
    default: return INBOUND | UNICAST;
    }
}

/* The kernel has taken the tag of a VLAN out of the frame; it goes back to where it was. */
static uint32_t tag_of(const struct ring_packet *packet)
{
    unsigned type = packet->status & TP_STATUS_VLAN_TPID_VALID ? packet->vlan_tpid : 0x8100;
    return htonl(type << 16 | (packet->vlan_tci & 0xffff));
}

static void take_packet(const struct ring_packet *packet)
{
    const struct sockaddr_ll *from = (const void *)(packet + 1);
    const unsigned char *bytes = (const unsigned char *)packet + packet->mac;
    size_t before = packet->status & TP_STATUS_VLAN_VALID && packet->captured >= ADDRESSES ? ADDRESSES : 0;
    unsigned tag = before ? TAG : 0, id;
    struct link *link = find_link(from->sll_ifindex, &id);
    uint32_t flags = flags_of(from->sll_pkttype);

    begin_block(PACKET);
    put32(id);
    put_time((uint64_t)packet->seconds * 1000000000 + packet->nanoseconds);
    put32(packet->captured + tag);
    put32(packet->length + tag);
    put_bytes(bytes, before);
    if (tag) put32(tag_of(packet));
    put_bytes(bytes + before, packet->captured - before);
    pad();
    put_option(EPB_FLAGS, &flags, sizeof flags);
    end_block();
    link->packets++;
}

/* Returns how many packets were taken: up to `most`. */
static uint64_t take_block(const struct ring_block *block, uint64_t most)
{
    const char *at = (const char *)block + block->first;
    uint64_t taken = 0;
    for (; taken < block->packets && taken < most && !write_errno; taken++) {
        const struct ring_packet *packet = (const void *)at;
        take_packet(packet);
        at += packet->next;
    }
    flush();
    return taken;
}

static bool is_ready(const struct ring_block *block)
{
    return __atomic_load_n(&block->status, __ATOMIC_ACQUIRE) & TP_STATUS_USER;
}

static void give_back(struct ring_block *block)
{
    __atomic_store_n(&block->status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

/* What has come until now is in a block soon: after that each block is looked at once more, and no longer, however much comes. */
static void take_all(char *blocks, struct ring ring, struct summary *summary)
{
    size_t left = ring.blocks;
    bool ending = false;
    for (size_t at = 0; left > 0 && !write_errno; at = (at + 1) % ring.blocks) {
        struct ring_block *block = (void *)(blocks + at * ring.size);
        do ending = ending || wait_for_source(1, is_ready(block) ? 0 : -1, &summary->error);
        while (!ending && !is_ready(block));
        if (ending && left == ring.blocks) usleep(LAST_BLOCK * 1000);
        if (!is_ready(block)) return;
        if (ending) left--;
        summary->captured += take_block(block, ring.limit ? ring.limit - summary->captured : UINT64_MAX);
        give_back(block);
        if (ring.limit && summary->captured == ring.limit) return;
    }
}

struct summary relay_packets(struct ring ring)
{
    struct summary summary = { 0 };
    flush();
    char *blocks = mmap(NULL, ring.size * ring.blocks, PROT_READ | PROT_WRITE, MAP_SHARED, SOURCE_FD, 0);
    if (blocks == MAP_FAILED) _exit(FAILED);
    take_all(blocks, ring, &summary);

    struct ring_statistics kernel = { 0 };
    socklen_t size = sizeof kernel;
    getsockopt(SOURCE_FD, SOL_PACKET_LEVEL, PACKET_STATISTICS, &kernel, &size);
    summary.dropped = kernel.drops;
    summary.received = kernel.packets;
    put_statistics(summary.received, summary.dropped);
    return summary;
}
