import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: '文章中的 Pod：三个进程，一个网络',
  goal: '为什么同一 Pod 的容器共有一个地址、一个 localhost 和一套端口。',
  drawing: `
    ┌──────────────── web ────────────────┐
    │  pause        nginx        busybox  │
    │  net：新建    net：═══ pause ═════  │
    │        lo            eth0           │
    └───────────────────────┬─────────────┘
                    veth 对 │
                     网桥 ──┴── 宿主机
  `,
  steps: {
    holder: {
      goal: '启动 holder：它只是睡眠，让新建的命名空间继续存在。',
      why: '网络在 Pod 的任何程序运行之前就已建好，而且归一个不会崩溃的进程持有。所以地址属于 Pod，而不属于其中某一个容器。',
      checks: {
        'own-network': {
          says: 'holder 的网络命名空间不是宿主机的',
          otherwise: '它们共用一个 {kind} 命名空间：{found}',
        },
        'has-address': {
          says: 'eth0 有地址',
          otherwise: 'eth0 没有 IPv4 地址',
          symptom: 'Pod 外部谁也访问不到它，它也访问不到任何人',
        },
      },
    },
    nginx: {
      goal: 'nginx 加入 holder 的网络命名空间，监听 80 端口。',
      why: '--network=container:pause 的含义就是：在程序启动之前，以 holder 网络命名空间的文件描述符调用 setns(2)。nginx 自己毫无察觉，它的套接字就在它启动时所处的协议栈里。',
      checks: {
        'nginx-joined': {
          says: 'nginx 与 holder 在同一个网络命名空间里',
          otherwise: '它们的 {kind} 命名空间不同：{found}',
        },
      },
    },
    busybox: {
      goal: 'busybox 也加入进来，并请求 http://localhost。',
      why: '127.0.0.1 是网络命名空间的 lo，而不是某个容器的。两者仍各有自己的挂载命名空间：文件系统是分开的，网络却是同一个。',
      predictions: {
        localhost: { question: 'busybox 自己没有服务器。在其中请求 http://localhost 会有响应吗？' },
      },
      checks: {
        'busybox-joined': {
          says: 'busybox 与 nginx 在同一个网络命名空间里',
          otherwise: '它们的 {kind} 命名空间不同：{found}',
        },
        'localhost-answers': {
          says: 'localhost 是整个 Pod 的：busybox 在那里访问到 nginx',
          otherwise: 'http://localhost 没有响应：lo 是 up 状态吗？nginx 在这个网络命名空间里监听吗？',
          symptom: 'busybox 请求 http://localhost，没有响应，而 nginx 在运行',
        },
      },
    },
    'second-bind': {
      goal: '第二个服务器试图监听同一 Pod 的 80 端口。',
      why: '已绑定端口的表是网络命名空间的一部分：身处其中的进程都共用它，不论根文件系统如何。所以同一 Pod 的容器必须商定端口，正如同一台机器上的两个程序一样。',
      predictions: { port: { question: '它是另一个程序，有另一个根文件系统。它能得到 80 端口吗？' } },
      checks: {
        'port-in-use': {
          says: 'bind(2) 返回 EADDRINUSE：端口属于网络命名空间，而不属于容器',
          otherwise: '第二个服务器没有被拒绝：nginx 还在监听吗？',
        },
      },
    },
  },
  breaks: {
    'holder-without-network': { what: 'holder 启动时没有新建网络命名空间' },
    'no-address': {
      what: 'eth0 的地址被删除',
      hint: '里面的 `ip -brief address` 对 eth0 显示什么？`nslab inspect` 说应该是什么？',
    },
    'nginx-joined-nothing': { what: 'nginx 启动在新的网络命名空间里' },
    'busybox-joined-nothing': { what: 'busybox 启动在新的网络命名空间里' },
    'lo-down': {
      what: 'Pod 的环回接口处于 down 状态',
      hint: '发往 127.0.0.1 的请求经过哪个接口？它处于什么状态？',
    },
    'nginx-ended': { what: 'nginx 被杀死' },
  },
} satisfies LabText as LabText;
