/*
 * floor: the time that the kernel itself takes to make and remove pods. `scripts/bench` compares everything else with it.
 *
 *     floor ptp|bridge COUNT PAUSE     prints {"create":µs,"each":[µs of each pod],"remove":µs}
 *
 * A pod here: a process (PAUSE) in network, ipc and uts namespaces of its own, and a veth pair with addresses, routes and
 * both ends up. Nothing is checked or recorded, and the number of calls is minimal: vfork into the namespaces, one buffer of
 * rtnetlink(7) messages on the host, one inside, and one for the whole group of links at the end.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "rtnetlink.h"

/* Fixed interface indexes, so that no link has to be looked up. GROUP must be unused on the host. */
enum { HOST_INDEX = 100000, POD_INDEX = 2, LO_INDEX = 1, GROUP = 4242, BRIDGE = 99999 };

static const char *pause_program;
static int bridged, home;

/* ── Messages ── */

static void set_up(int index)
{
    struct ifinfomsg link = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
    begin(RTM_NEWLINK, 0, &link, sizeof link);
}

static void add_address(int index, unsigned address, int prefix)
{
    struct ifaddrmsg it = { .ifa_family = AF_INET, .ifa_prefixlen = prefix, .ifa_index = index };
    begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &it, sizeof it);
    number(IFA_LOCAL, htonl(address));
    number(IFA_ADDRESS, htonl(address));
}

static void add_route(int index, unsigned to, int prefix, unsigned gateway)
{
    struct rtmsg it = { .rtm_family = AF_INET, .rtm_dst_len = prefix, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT,
                        .rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK, .rtm_type = RTN_UNICAST };
    begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &it, sizeof it);
    if (prefix) number(RTA_DST, htonl(to));
    if (gateway) number(RTA_GATEWAY, htonl(gateway));
    number(RTA_OIF, index);
}

static void disable_ipv6_link_local(int index)
{
    struct ifinfomsg link = { .ifi_index = index };
    unsigned char none = IN6_ADDR_GEN_MODE_NONE;
    begin(RTM_NEWLINK, 0, &link, sizeof link);
    struct rtattr *all = attribute(IFLA_AF_SPEC, 0, 0), *inet6 = attribute(AF_INET6, 0, 0);
    attribute(IFLA_INET6_ADDR_GEN_MODE, &none, sizeof none);
    close_nest(inet6);
    close_nest(all);
}

static void add_veth(int pod, int pid)
{
    struct ifinfomsg host = { .ifi_index = HOST_INDEX + pod, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
    struct ifinfomsg inside = { .ifi_index = POD_INDEX };
    char name[IFNAMSIZ];
    snprintf(name, sizeof name, "floor%d", pod);
    begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &host, sizeof host);
    text(IFLA_IFNAME, name);
    number(IFLA_GROUP, GROUP);
    if (bridged) number(IFLA_MASTER, BRIDGE);
    number(IFLA_NUM_TX_QUEUES, 1);
    number(IFLA_NUM_RX_QUEUES, 1);
    struct rtattr *info = attribute(IFLA_LINKINFO, 0, 0);
    attribute(IFLA_INFO_KIND, "veth", 4);
    struct rtattr *data = attribute(IFLA_INFO_DATA, 0, 0), *peer = attribute(VETH_INFO_PEER, &inside, sizeof inside);
    text(IFLA_IFNAME, "eth0");
    number(IFLA_NET_NS_PID, pid);
    number(IFLA_NUM_TX_QUEUES, 1);
    number(IFLA_NUM_RX_QUEUES, 1);
    close_nest(peer);
    close_nest(data);
    close_nest(info);
}

static void add_bridge(void)
{
    struct ifinfomsg link = { .ifi_index = BRIDGE, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
    begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    text(IFLA_IFNAME, "floor");
    struct rtattr *info = attribute(IFLA_LINKINFO, 0, 0);
    attribute(IFLA_INFO_KIND, "bridge", 6);
    close_nest(info);
}

static void delete_bridge(int host)
{
    struct ifinfomsg link = { .ifi_index = BRIDGE };
    begin(RTM_DELLINK, 0, &link, sizeof link);
    deliver(host, "delete the bridge");
}

/* ── A pod ── */

static int become_pause(void *unused)
{
    (void)unused;
    static char *arguments[] = { "pause", 0 }, *environment[] = { 0 };
    execve(pause_program, arguments, environment);
    _exit(127);
}

static int start_holder(void)
{
    static char stack[65536] __attribute__((aligned(16)));
    int flags = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_VM | CLONE_VFORK | SIGCHLD;
    int pid = clone(become_pause, stack + sizeof stack, flags, 0);
    if (pid < 0) die("clone");
    return pid;
}

static int open_socket_inside(int pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0 || setns(namespace, CLONE_NEWNET)) die(path);
    int it = open_socket();
    if (setns(home, CLONE_NEWNET)) die("setns back");
    close(namespace);
    return it;
}

/* 10.200.0.0/16; the first address is the gateway, as in a network of nslab. */
enum { GATEWAY = 0x0ac80001 };

static int make(int pod, int host)
{
    unsigned address = GATEWAY + 1 + pod;
    int pid = start_holder(), inside = open_socket_inside(pid);
    add_veth(pod, pid);
    disable_ipv6_link_local(HOST_INDEX + pod);
    if (!bridged) {
        add_address(HOST_INDEX + pod, GATEWAY, 32);
        add_route(HOST_INDEX + pod, address, 32, 0);
    }
    deliver(host, "the host's end");
    set_up(LO_INDEX);
    disable_ipv6_link_local(POD_INDEX);
    add_address(POD_INDEX, address, bridged ? 16 : 32);
    set_up(POD_INDEX);
    if (!bridged) add_route(POD_INDEX, GATEWAY, 32, 0);
    add_route(POD_INDEX, 0, 0, GATEWAY);
    deliver(inside, "the pod's end");
    close(inside);
    return pid;
}

static void end_all(int host, const int *pids, int count)
{
    struct ifinfomsg any = { 0 };
    begin(RTM_DELLINK, 0, &any, sizeof any);
    number(IFLA_GROUP, GROUP);
    deliver(host, "delete the group");
    for (int i = 0; i < count; i++) kill(pids[i], SIGKILL);
    for (int i = 0; i < count; i++) waitpid(pids[i], 0, 0);
}

int main(int words, char **word)
{
    int count = words == 4 ? atoi(word[2]) : 0;
    if (count < 1 || (strcmp(word[1], "ptp") && strcmp(word[1], "bridge"))) {
        fputs("usage: floor ptp|bridge COUNT PAUSE\n", stderr);
        return 2;
    }
    bridged = !strcmp(word[1], "bridge");
    pause_program = word[3];
    home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int host = open_socket(), *pids = calloc(count, sizeof *pids);
    if (bridged) {
        add_bridge();
        disable_ipv6_link_local(BRIDGE);
        add_address(BRIDGE, GATEWAY, 16);
        deliver(host, "the bridge");
    }
    double *each = calloc(count, sizeof *each), start = now();
    for (int i = 0; i < count; i++) {
        double began = now();
        pids[i] = make(i, host);
        each[i] = now() - began;
    }
    double create = now() - start;
    start = now();
    end_all(host, pids, count);
    double remove = now() - start;
    if (bridged) delete_bridge(host);
    printf("{\"create\":%.0f,\"remove\":%.0f,\"each\":[", create, remove);
    for (int i = 0; i < count; i++) printf("%s%.0f", i ? "," : "", each[i]);
    puts("]}");
    return 0;
}
