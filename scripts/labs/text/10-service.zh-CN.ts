import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: 'Service：一个谁也没有的地址',
  goal: 'ClusterIP 不属于任何接口，也不属于任何进程。本机的规则在连接的第一个数据包上把它换成某个 Pod 的地址。',
  drawing: `
                                     numgen random mod 2          ┌─► one 10.x.0.2:80
    client ──► 10.96.0.n:80 ──► service-default/web/tcp/80 ──dnat─┤
                   │                                              └─► two 10.x.0.3:80
            不在任何接口上：
            没有 ARP，没有回显         后面的数据包由 conntrack 照此办理
  `,
  steps: {
    made: {
      goal: '两个 Pod 带有选择器要求的标签，再为它们创建一个 Service。',
      why: 'Service 既不是进程，也不是接口。一条链随机选择，选择器选中的每个 Pod 各有一条写着其地址的链：kube-proxy 在每个节点上写的就是这样的规则，连名字也相同。',
      predictions: {
        'how-many-rules': { question: 'Service 后面有两个 Pod。它自己有几条规则用来选择 Pod 或通向 Pod？' },
      },
      checks: {
        'leads-to-both': {
          says: '两个带有该标签的 Pod，各有一条规则通向它',
          otherwise: '规则通向 {pods} 个 Pod，而不是两个：两者都有选择器要求的标签吗？',
        },
      },
    },
    nobody: {
      goal: '客户端两次访问 ClusterIP：一次用 ICMP 回显请求，一次用 HTTP。',
      why: '没有任何接口拥有这个地址，所以没有谁能回应回显请求，本机直接拒绝。规则只认识 TCP 的 80 端口：在 prerouting 钩子处，在内核查找路由之前，它们把某个 Pod 的地址写进数据包。',
      predictions: {
        echo: { question: '对 ClusterIP 执行 `ping`，会有回应吗？' },
        http: { question: '向它的 80 端口发 HTTP 请求呢？' },
      },
      checks: {
        nobodys: {
          says: '无论在宿主机上还是在 Pod 里，都没有接口拥有 ClusterIP',
          otherwise: '{where} 的 {interface} 拥有 ClusterIP：内核会自己替它应答',
          symptom: '对该 Service 的 ClusterIP 发出的回显请求得到了回应',
        },
        answered: {
          says: '尽管如此，对 ClusterIP 的 HTTP 请求仍有响应',
          otherwise: '没有响应：映射 service-ips 的哪个元素带有这个地址和端口？',
          symptom: '客户端访问该 Service 的 ClusterIP，连接被拒绝',
        },
      },
    },
    counters: {
      goal: '客户端发出三个请求，Service 的规则在计数。',
      why: 'nat 类型的链只看到一个连接的第一个数据包。之后两个方向上的所有数据包都由 conntrack 照样处理，不再询问规则：所以这种规则的计数器数的是连接，而规则改变也不会移动已有的连接。',
      predictions: {
        'how-many-packets': { question: '三个请求有几十个数据包。规则的计数器会数到几个？' },
      },
      checks: {
        'first-packets': {
          says: '每个请求，规则只计一个数据包',
          otherwise: '{requests} 个请求，规则计了 {packets} 个数据包',
          symptom: 'Service 有响应，它的规则的计数器却不动',
        },
      },
    },
    hairpin: {
      goal: 'Service 后面的一个 Pod 访问该 Service，并且被选中的正是它自己。',
      why: '目的地址转换之后，源和目的都会是这个 Pod：它会丢弃从 eth0 进来却带着自己地址的数据包，应答也根本不会离开它。因此源地址也要转换，应答才会回到宿主机，由宿主机把两处都还原。这条路叫做发夹（hairpin）。',
      predictions: {
        'which-source': {
          question: '这个 Pod 在自己发出的请求里看到的源地址是哪个？',
          choices: { own: '它自己的', host: '宿主机网桥的' },
        },
      },
      checks: {
        'reaches-itself': {
          says: 'Pod 访问到了自己，看到的源地址是宿主机的',
          otherwise: {
            'no-answer': '请求有去无回：它的源地址是 Pod 自己的地址，Pod 不接受从外面来的这种数据包',
            'as-itself': 'Pod 看到的源地址不是宿主机的',
          },
          symptom: '一个 Pod 访问它自己所在的 Service，有时没有响应；其他 Pod 总有响应',
        },
      },
    },
    'stale-udp': {
      goal: '一个 UDP 客户端从同一个端口不断发送，此时它的 Service 后面的 Pod 被换掉。',
      why: '规则只决定第一个数据包，而 UDP 连接没有内核能看到的结束：后面的每个数据包都会续期它的条目，于是客户端会一直守着一个已经消失的地址。改变端点的程序必须删除这些条目；`nslab` 在每次改变时都这样做，kube-proxy 也一样。',
      predictions: {
        'rules-alone': { question: '原来的 Pod 没了，规则已通向另一个 Pod。继续发送的客户端会得到应答吗？' },
        'entry-deleted': { question: '接着删除它在连接跟踪表里的条目。现在会得到应答吗？' },
      },
      checks: {
        'stays-with-the-dead': {
          says: '规则已通向新的 Pod，客户端的数据包却仍发往旧 Pod 的地址',
          otherwise: '客户端得到了 {found} 的应答：它的条目没有把它引向已消失的 Pod',
        },
        'goes-on': {
          says: '没有了那个条目，下一个数据包就是第一个：规则把它引向新的 Pod',
          otherwise: '应答客户端的是 {found}，而不是 Pod second',
        },
      },
    },
  },
  breaks: {
    'other-label': { what: '其中一个 Pod 的标签与选择器不符' },
    'somebody-has-it': {
      what: '宿主机的某个接口拥有 ClusterIP',
      hint: '是谁回应了回显请求？看 `ip -brief address`：ClusterIP 不在任何接口上',
    },
    'no-service-element': {
      what: '映射 service-ips 里没有该 Service 的元素',
      hint: '规则在哪里查找地址、协议和端口？看 `nft list ruleset` 的 services 链',
    },
    'earlier-dnat': {
      what: '在 Service 的规则之前，另一条规则已经转换了 ClusterIP',
      hint: '同一个钩子上的链，优先级数值小的先被询问：`nft list ruleset`，prerouting 钩子',
    },
    'no-hairpin': {
      what: 'Pod 发给自己的数据包没有转换源地址',
      hint: '顺着各条链跟踪这样的数据包：靠什么让应答回到宿主机？看 `nft list ruleset`',
    },
    'entry-goes-at-once': { what: '改变规则的同时就删除了条目' },
    'entry-stays': { what: '连接的条目一直没有删除' },
  },
} satisfies LabText as LabText;
