import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: '与 Docker 对照：文章中的三条命令，以及我们的做法',
  goal: '构造一个 Pod 时，Docker 与 nslab 哪些做法相同、哪些不同，以及为什么。',
  drawing: `
    docker run --name pause --ipc=shareable …          nslab：holder
    docker run --network=container:pause …  nginx      nslab：nginx
    docker run --network=container:pause …  busybox    nslab：busybox
         └─────────── 同一个内核给出的同样的事实 ───────────┘
  `,
  steps: {
    docker: {
      goal: 'Docker 用三条命令创建文章中的 Pod。',
      why: '--network=container: 和 --ipc=container: 指定要加入的命名空间。--uts 没有这种形式，所以每个容器各有自己的 UTS 命名空间，主机名充其量是一份拷贝。',
      predictions: {
        'docker-uts': { question: 'nginx 和 busybox 加入 pause 的网络命名空间。三者共用一个主机名吗？' },
      },
      checks: {
        'docker-joined': {
          says: '三者在同一个网络命名空间里',
          otherwise: '它们的 {kind} 命名空间不同：{found}',
        },
        'docker-own-names': {
          says: '各有自己的 UTS 命名空间：Docker 无法共享它',
          otherwise: '它们共用一个 {kind} 命名空间：{found}',
        },
      },
    },
    ours: {
      goal: 'nslab 不用容器引擎，创建同样的 Pod。',
      why: '内核接口对谁都一样：unshare(2)、setns(2)，加上一个一直存在的进程。nslab 加入 net、ipc 和 uts，正如 Kubernetes 的容器运行时接口（CRI）对 Pod 的要求。',
      predictions: { 'our-uts': { question: '在 nslab 的 Pod 里，三者共用一个主机名吗？' } },
      checks: {
        'ours-joined': {
          says: '三者在同一个网络命名空间里，与 Docker 相同',
          otherwise: '它们的 {kind} 命名空间不同：{found}',
        },
        'ours-one-name': {
          says: '三者在同一个 UTS 命名空间里，与 Kubernetes 相同：共用一个主机名',
          otherwise: '它们的 {kind} 命名空间不同：{found}',
        },
      },
    },
    facts: {
      goal: '每一项事实都由同一段代码在两边读取。',
      why: '内核并不认识“容器”：它只是一个带有特定命名空间、挂载、权能和资源限制的进程，这些都能从 /proc 读到。两边不同之处，都是有人做了决定。',
      predictions: {
        'how-many': {
          question: '约五十项事实中，两边有意不同的有多少？',
          choices: {
            'in none': '没有',
            'in some, but not in half': '有一些，但不到一半',
            'in half or more': '一半或更多',
          },
        },
      },
      checks: {
        explained: {
          says: '每一处不同都有已知的原因（nslab compare docker 会列出）',
          otherwise: '原因不明的不同之处：{list}',
          symptom: '我们的 Pod 返回大块数据比 Docker 的慢，数据包也更多',
        },
      },
    },
  },
  breaks: {
    'docker-without-network': { what: '容器启动时没有使用 --network=container:' },
    'docker-uts-host': { what: '容器启动时使用了 --uts=host，用的是宿主机的 UTS 命名空间' },
    'ours-without-network': { what: 'busybox 启动在新的网络命名空间里' },
    'ours-own-name': { what: 'busybox 启动在新的 UTS 命名空间里，与 Docker 相同' },
    'another-mtu': {
      what: '我们的 Pod 中 eth0 的 MTU 比 Docker 的小',
      hint: '一个数据包最大可以多大？在两边对照 `ip link show eth0`',
    },
  },
} satisfies LabText as LabText;
