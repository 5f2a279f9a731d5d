import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: '发布端口',
  goal: '宿主机的一个端口经目的地址转换（DNAT）通向 Pod；服务器必须监听在可达的地址上。',
  drawing: `
    client ──► 宿主机 :P ──► DNAT ──► web 10.x.0.2:80
    宿主机 ──► 127.0.0.1:P ──┘    （还要 masquerade：Pod 无法向 127.0.0.1 应答）
  `,
  steps: {
    publish: {
      goal: '一个发布了端口的 Pod，其中的服务器监听所有地址。',
      why: '套接字只接收发往其绑定地址的数据包。经过转换的数据包带着 Pod 的地址从 eth0 进来，监听在 127.0.0.1 上的服务器根本收不到。',
      checks: {
        'on-all-addresses': {
          says: '服务器监听 Pod 的所有地址',
          otherwise: '服务器只监听一个地址：从 eth0 进来的数据包到不了 127.0.0.1',
        },
      },
    },
    reach: {
      goal: '三种访问方式：Pod 自己的地址、宿主机的 127.0.0.1，以及从另一个 Pod 访问宿主机的地址。',
      why: '并没有进程在监听：在内核查找路由之前，nft 在 prerouting（来自外部）或 output（来自本机）改写目的地址。来自 127.0.0.1 的数据包只有在 route_localnet 允许时才能离开 lo，而且必须换源地址，因为对 Pod 来说 127.0.0.1 就是它自己。',
      predictions: {
        'by-localhost': {
          question: '本机没有进程监听该端口。http://127.0.0.1:PORT 仍然会有响应吗？',
        },
        'by-own-address': { question: '从另一个 Pod 访问该 Pod 自己的地址的 80 端口，会有响应吗？' },
      },
      checks: {
        'own-address': {
          says: '通过 Pod 自己的地址，不经转换',
          otherwise: 'Pod 的地址没有响应：veth 对是 up 状态吗？服务器在监听吗？',
          symptom: '另一个 Pod 请求该 Pod 的地址，没有响应',
        },
        'by-host': {
          says: '通过宿主机的地址：由一条规则转换目的地址',
          otherwise: '发布的端口没有响应：它在映射 hostports 里吗？',
          symptom: '另一个 Pod 请求宿主机上发布的端口，没有响应',
        },
        'by-localhost': {
          says: '通过宿主机的 127.0.0.1：route_localnet 已开启，源地址也被转换',
          otherwise: '127.0.0.1 没有响应：只有开启 route_localnet，它的数据包才能从网桥出去',
          symptom: '在宿主机上，发布的端口在 127.0.0.1 上没有响应',
        },
      },
    },
  },
  breaks: {
    'on-localhost': { what: '服务器监听的是 Pod 的 127.0.0.1，从外部不可达' },
    'host-end-down': {
      what: 'veth 对在宿主机一侧的接口处于 down 状态',
      hint: '网线有两端：对照里面和宿主机上的 `ip -brief link`。NO-CARRIER 说明什么？',
    },
    'no-element': {
      what: '映射 hostports 里缺少发布的端口',
      hint: 'nft 在哪里查找发布的端口？`nft list ruleset` 会显示该映射及其元素',
    },
    'no-route-localnet': {
      what: '网桥不转发 127.0.0.0/8 的数据包（route_localnet）',
      hint: '哪些访问方式还有效？看网桥的设置：`sysctl -a --pattern localnet`',
    },
  },
} satisfies LabText as LabText;
