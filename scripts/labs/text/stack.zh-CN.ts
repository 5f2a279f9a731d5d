import type { LabText } from '../../../src/lab/text/lab-text.ts';

const noAnswer = '没有应答';

export default {
  title: '整个网络栈',
  goal: '一应俱全：两个网桥、一个路由网络、一个外部网络、Service、名字、发布端口和策略。其中有一处坏了。',
  drawing: `
    client ─┬─ inner（网桥） ─┬─ web :80  ◄── Service web，宿主机的端口 P
     eth0   │                 ├─ echo :9000/udp  ◄── Service echo
     eth1   ├─ side（网桥）   └─ dns ──► kube-dns
            │
        宿主机 ─────┬─ routed ── db :80     被隔离：策略放行“client”
       masquerade   └─ outer ─── server :80   在外部，没有到 Pod 的路由
  `,
  steps: {
    stack: {
      goal: '一个客户端访问它的邻居、外部服务器、Service，以及被策略隔离的 Pod。',
      why: '每条路经过网络栈的不同部分。还通的路和不通的路一样能说明问题：故障不在两条路共有的那一部分。',
      checks: {
        neighbour: {
          says: '客户端能访问同一网桥上的邻居 web',
          otherwise: noAnswer,
          symptom: '客户端按地址请求“web”的页面，没有应答',
        },
        outside: {
          says: '客户端能访问外部服务器',
          otherwise: noAnswer,
          symptom: '客户端请求外部“server”的页面，没有应答',
        },
        service: {
          says: '客户端能通过 ClusterIP 访问 Service',
          otherwise: noAnswer,
          symptom: '客户端请求 Service 的 ClusterIP，得不到页面',
        },
        itself: {
          says: 'web 能通过它自己所在的 Service 访问自己',
          otherwise: noAnswer,
          symptom: '“web”请求它自己所在的 Service，没有应答',
        },
        published: {
          says: '宿主机的一个端口通向 web',
          otherwise: noAnswer,
          symptom: '客户端请求宿主机上发布的端口，得不到页面',
        },
        isolated: {
          says: '客户端能访问 db：策略隔离了它，并放行这个客户端',
          otherwise: noAnswer,
          symptom: '客户端请求路由网络上“db”的页面，没有应答',
        },
        'whole-name': {
          says: 'Service 的全名指向它的 ClusterIP',
          otherwise: '找不到这个名字',
          symptom: '客户端查询 Service 的全名，查不到',
        },
        'short-name': {
          says: '它的短名字也一样',
          otherwise: '短名字找不到，全名可以找到',
          symptom: '客户端用短名字找不到 Service，用全名可以找到',
        },
        large: {
          says: '大数据包和小数据包一样能通过',
          otherwise: '1400 字节的回显请求没有回应，56 字节的有',
          symptom: '客户端与“web”之间，小数据包能通过，大数据包不能',
        },
        udp: {
          says: '一个不断向 Service 发送的 UDP 客户端得到应答',
          otherwise: noAnswer,
          symptom: '客户端的程序“talker”不断用 UDP 向 Service 发送，却什么也听不到',
        },
      },
    },
  },
  breaks: {
    'host-end-down': {
      what: '“web”的 veth 对在宿主机一侧的接口处于 down 状态',
      hint: '网线有两端：对照里面和宿主机上的 `ip -brief link`。NO-CARRIER 说明什么？',
    },
    'no-address': {
      what: '“web”的 eth0 没有地址',
      hint: '谁会为“web”的地址回应 ARP？在两个 Pod 里面执行 `ip -brief address`',
    },
    'inner-firewall': {
      what: '“web”里面的防火墙丢弃发往它 80 端口的数据包',
      hint: '网络命名空间有自己的规则：回显请求能到、页面却到不了吗？在里面执行 `nft list ruleset`',
    },
    'process-stopped': {
      what: '“web”里的服务器停住了（SIGSTOP），它的套接字仍在监听',
      hint: '连接建立了，然后什么也没有：本该由谁应答？`ps -o pid,stat,args -C busybox`',
    },
    'isolated-ports': {
      what: '两个 Pod 的网桥端口被相互隔离',
      hint: '两者都能访问网桥自己的地址，却访问不到对方：`bridge -details link`',
    },
    'no-default-route': {
      what: '客户端缺少默认路由',
      hint: '问内核：在里面执行 `ip route get 192.0.2.1`。它该走 `ip route` 的哪一行？',
    },
    'forwarding-off': {
      what: '客户端的网桥上没有开启转发',
      hint: '路由器按入接口决定是否转发：`sysctl -a --pattern "ipv4.conf.*.forwarding"`',
    },
    'forward-drop': {
      what: '宿主机上的防火墙丢弃转发的数据包',
      hint: '数据包会经过 forward 钩子上的每一条链：`nft list ruleset`。各链的默认策略是什么？',
    },
    'no-masquerade': {
      what: '缺少 masquerade 规则',
      hint: '数据包离开时带的是哪个源地址？看 postrouting 钩子：`nft list ruleset`',
    },
    'wrong-route': {
      what: '宿主机上一条更具体的路由通向另一个接口',
      hint: '在宿主机上问内核：`ip route get SERVER-的地址`。它真的在那个接口上吗？',
    },
    'no-way-back': {
      what: '外部服务器没有通往请求源地址的路由',
      hint: '一条路有两个方向：问“server”的内核它会怎样应答。`nslab trace` 会说出应答在哪里终止',
    },
    'wrong-neighbour': {
      what: '客户端里有一条关于网关的永久而错误的邻居条目',
      hint: '帧发往哪个链路层地址？在里面执行 `ip neigh`，并与网桥的地址对照',
    },
    blackhole: {
      what: '客户端里一条 blackhole 类型的路由吞掉了数据包',
      hint: '数据包根本没有离开 Pod：在里面执行 `ip route`，各种类型的路由都在其中',
    },
    'no-service-element': {
      what: '映射 service-ips 里没有该 Service 的元素',
      hint: '规则在哪里查找地址、协议和端口？看 `nft list ruleset` 的 services 链',
    },
    'wrong-endpoint-port': {
      what: '一条规则把 Service 引到没有程序监听的端口',
      hint: '是谁拒绝的？顺着该 Service 的链走到底：`nft list ruleset`，再在 Pod 里面执行 `ss -ltn`',
    },
    'no-hairpin': {
      what: 'Pod 发给自己的数据包没有转换源地址',
      hint: '顺着各条链跟踪这样的数据包：靠什么让应答回到宿主机？看 `nft list ruleset`',
    },
    'no-element': {
      what: '映射 hostports 里缺少发布的端口',
      hint: 'nft 在哪里查找发布的端口？`nft list ruleset` 会显示该映射及其元素',
    },
    'not-a-peer': {
      what: '策略放行的客户端集合里缺少一个地址',
      hint: '问 `nslab trace` 是哪条规则丢弃了数据包。它的源地址在哪个集合里查找？',
    },
    'rp-filter': {
      what: '客户端的反向路径过滤丢弃了应答',
      hint: '客户端从 eth0 发送，应答从 eth1 进来：谁会介意？在里面执行 `nstat -az TcpExtIPReversePathFilter`',
    },
    'blackhole-rule': {
      what: '“db”里的一条路由规则在查询任何路由之前就丢弃了它的应答',
      hint: '请求到达了吗？一条路有两个方向：从客户端执行 `nslab trace`。按哪些规则查哪些表？在“db”里面执行 `ip rule`',
    },
    'server-stopped': {
      what: 'Pod 询问的 DNS 服务器停住了（SIGSTOP）',
      hint: 'Pod 问的是谁（/etc/resolv.conf）？那个进程处于什么状态？`ps -o pid,stat,args -C dnsmasq`',
    },
    'wrong-server': {
      what: 'Pod 的解析器询问的地址上没有 DNS 服务器',
      hint: '读里面的 /etc/resolv.conf，再看那个地址上有没有服务器',
    },
    'other-search-list': {
      what: 'Pod 的搜索列表是另一个命名空间的',
      hint: '短名字会补成哪些名字？读里面的 /etc/resolv.conf，并与该 Service 的命名空间对照',
    },
    'small-mtu': {
      what: '网桥某个端口的 MTU 比 Pod 的小',
      hint: '找出刚好能通过的大小：`busybox ping -s 大小`。再对照沿途所有的 MTU：`ip link`',
    },
    'stale-entry': {
      what: '连接跟踪的一个条目指向已消失的 Pod',
      hint: '新的客户端能得到应答：内核还记着旧的什么？看 /proc/net/nf_conntrack，或 `conntrack -L -p udp`',
    },
  },
} satisfies LabText as LabText;
