/* What the kernel writes into a ring of packets: include/uapi/linux/if_packet.h, which musl does not have. */
#ifndef PACKET_RING_H
#define PACKET_RING_H

#include <stdint.h>

enum { TP_STATUS_KERNEL = 0, TP_STATUS_USER = 1, TP_STATUS_VLAN_VALID = 1 << 4, TP_STATUS_VLAN_TPID_VALID = 1 << 6 };

/* struct tpacket_block_desc, with struct tpacket_hdr_v1 */
struct ring_block {
    uint32_t version, offset_to_priv;
    uint32_t status, packets, first, length;
    uint64_t sequence;
    uint32_t first_packet[2], last_packet[2];
};

/* struct tpacket3_hdr. The packet is `mac` bytes behind its begin, and a struct sockaddr_ll follows it. */
struct ring_packet {
    uint32_t next, seconds, nanoseconds;
    uint32_t captured, length;
    uint32_t status;
    uint16_t mac, net;
    uint32_t rxhash, vlan_tci;
    uint16_t vlan_tpid, padding;
    uint8_t more_padding[8];
};

/* struct tpacket_stats_v3. `packets` has those that were dropped, too. */
struct ring_statistics { uint32_t packets, drops, freezes; };

#endif
