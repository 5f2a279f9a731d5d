import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: '把一根网线接进空的网络',
  goal: '新建的网络命名空间缺什么，要发出一个数据包又需要什么：链路、地址、up 状态、路由。',
  drawing: `
    宿主机                                web
      cable     a.b.c.1/30 ───────────── eth0  a.b.c.2/30
                           veth 对      lo
  `,
  steps: {
    empty: {
      goal: '新建的网络命名空间里有什么？',
      why: '内核为每个网络命名空间创建 lo，但启用它是用户空间的事；路由和防火墙规则都不会复制过来。没有链路，就没有可以通信的对象。',
      checks: {
        'born-down': { says: '环回接口起初是 down 状态', otherwise: '新命名空间的环回接口是 up 状态' },
        'no-route': { says: '没有路由', otherwise: '有 {count} 条路由' },
      },
    },
    cable: {
      goal: '一对 veth：一端在宿主机上，另一端直接在里面创建，名为 eth0。此时还没有地址。',
      why: 'veth 对就像一根有两个插头的网线，两个插头可以在不同的命名空间里。光有网线只是第二层：没有地址，请求就没有源地址，也没有通往宿主机的路由，内核拒绝发送（ENETUNREACH）。',
      predictions: {
        'without-address': { question: 'veth 对已经存在。向宿主机发送 ICMP 回显请求会有应答吗？' },
      },
      checks: {
        'eth0-there': { says: 'eth0 存在：从一端进去的，从另一端出来', otherwise: 'Pod 里没有 eth0' },
      },
    },
    addresses: {
      goal: '两端各配置同一子网的一个地址，并启用。',
      why: '有了地址和前缀长度，内核会自动添加到该子网的直连路由，再由 ARP 在这根网线上找到邻居。子网以外的一切则需要默认路由，它以宿主机为下一跳。',
      predictions: { 'with-address': { question: '现在 ICMP 回显请求会有应答吗？' } },
      checks: {
        answered: {
          says: '宿主机有应答',
          otherwise: '宿主机没有应答：两端都是 up 状态、地址在同一子网吗？',
          symptom: 'Pod ping 网线另一端的宿主机，没有应答',
        },
        'connected-route': {
          says: '配置地址时内核自动添加了一条路由：该子网在 eth0 上',
          otherwise: 'eth0 上没有到 /30 的路由：地址的前缀长度不对吗？',
          symptom: 'Pod 的路由表里没有这根网线所在子网的路由',
        },
        'own-address': {
          says: '访问自己的地址要经过 lo',
          otherwise: '自己的地址没有应答：这类数据包经过 lo',
          symptom: 'Pod ping 自己的地址，没有应答',
        },
        'default-route': {
          says: '其他所有数据包都发给宿主机',
          otherwise: '没有默认路由',
          symptom: '从 Pod 里访问这根网线以外的任何地址都不可达',
        },
      },
    },
  },
  breaks: {
    'not-fresh': { what: '读取之前 lo 就已启用' },
    'wired-already': { what: 'Pod 创建时就带有网络' },
    'cable-pulled': { what: '没有创建 veth 对' },
    'host-end-down': {
      what: 'veth 对在宿主机一侧的接口处于 down 状态',
      hint: '网线有两端：对照里面和宿主机上的 `ip -brief link`。NO-CARRIER 说明什么？',
    },
    'wrong-prefix': {
      what: 'Pod 里地址的前缀长度不对',
      hint: '用 `ip -brief address` 对照网线两端：斜杠后面的哪个数字不一样？',
    },
    'lo-down': {
      what: 'Pod 的环回接口处于 down 状态',
      hint: '对 Pod 自己的地址执行 `ip route get`，它给出哪个接口？该接口处于什么状态？',
    },
    'no-default-route': {
      what: 'Pod 缺少默认路由',
      hint: '问内核：在里面执行 `ip route get 192.0.2.1`。它该走 `ip route` 的哪一行？',
    },
  },
} satisfies LabText as LabText;
