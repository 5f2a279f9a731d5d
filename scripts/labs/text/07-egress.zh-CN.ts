import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: '通往外部：转发与 masquerade（源地址伪装）',
  goal: 'Pod 的数据包离开时带的是宿主机的地址，因为外部机器没有到 Pod 的路由。',
  drawing: `
    web 10.x.0.2 ─── 网桥 ─── 宿主机 ─── 网桥 ─── 198.18.n.2 server     本实验的“互联网”
                       │         │         │
                     转发    masquerade   看到的是宿主机，而不是 Pod
  `,
  steps: {
    outside: {
      goal: '一个 Pod 在一个网络里，宿主机另一侧的网络里有一台服务器：它以所看到的源地址作为响应。',
      why: '默认路由指定的网关必须在该链路上可达：对 Pod 来说就是它的网桥的地址。再往后宿主机是路由器，由它自己的路由决定去向。',
      checks: {
        'default-route': {
          says: 'Pod 把发往其他网络的数据包交给网关，也就是网桥',
          otherwise: 'Pod 里没有默认路由',
          symptom: 'Pod 能访问同一网桥上的邻居，此外什么也访问不到',
        },
      },
    },
    call: {
      goal: 'Pod 向服务器发出请求。',
      why: '外部机器没有到 10.x 的路由，无法应答 Pod。masquerade 把宿主机的地址写进数据包，conntrack 记住这一对映射，以便在应答中还原。两者都需要转发，而内核查看的是数据包进入的那个接口上的转发开关。',
      predictions: {
        'whose-address': { question: '服务器以源地址作为响应。那会是 Pod 的地址吗？' },
        'without-masquerade': { question: '服务器没有到 Pod 的路由。发往 Pod 地址的应答能到达吗？' },
      },
      checks: {
        reached: {
          says: '请求到达并得到应答',
          otherwise: '没有应答：宿主机转发 Pod 的数据包吗？还是被防火墙丢弃了？',
          symptom: 'Pod 向外部服务器发出的请求没有应答',
        },
        forwards: {
          says: '网桥会转发：起作用的是入接口的设置',
          otherwise: '宿主机不转发从 Pod 的网桥进来的数据包',
          symptom: 'Pod 的数据包到宿主机为止，服务器没有看到它们',
        },
        masqueraded: {
          says: '服务器看到的是宿主机的地址：源地址已被转换',
          otherwise: '源地址不是宿主机的：没有经过转换，应答无法到达',
          symptom: '服务器的日志里没有来自宿主机的请求',
        },
      },
    },
  },
  breaks: {
    'no-default-route': {
      what: 'Pod 缺少默认路由',
      hint: '问内核：在里面执行 `ip route get 192.0.2.1`。它该走 `ip route` 的哪一行？',
    },
    'forward-drop': {
      what: '宿主机上的防火墙丢弃转发的数据包',
      hint: '数据包会经过 forward 钩子上的每一条链：`nft list ruleset`。各链的默认策略是什么？',
    },
    'forwarding-off': {
      what: 'Pod 的网桥上没有开启转发',
      hint: '路由器按入接口决定是否转发：`sysctl -a --pattern "ipv4.conf.*.forwarding"`',
    },
    'no-masquerade': {
      what: '缺少 masquerade 规则',
      hint: '数据包离开时带的是哪个源地址？看 postrouting 钩子：`nft list ruleset`',
    },
  },
} satisfies LabText as LabText;
