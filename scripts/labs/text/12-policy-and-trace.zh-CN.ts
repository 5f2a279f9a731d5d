import type { LabText } from '../../../src/lab/text/lab-text.ts';

const OUTCOMES = { answer: '应答', refusal: '拒绝', silence: '什么也没有' };

export default {
  title: '网络策略，以及由哪条规则决定',
  goal: 'NetworkPolicy 隔离它选中的 Pod，只放行它写明的流量；`trace` 说出是哪条规则决定了一个数据包的去留。',
  drawing: `
    friend ───┐                       ┌ policy-ingress-…/allow：ip saddr friend，tcp 80 ─► accept
              ├─► forward 钩子 ─► ingress-…/web                                             │
    stranger ─┘        │              └ drop "not allowed by NetworkPolicy …"               ▼
                       └ ct state established ─► accept：应答                             web :80
  `,
  steps: {
    open: {
      goal: '路由网络上的三个 Pod：两个客户端连接第三个。',
      why: '没有策略时，每个 Pod 都能访问其他所有 Pod，在 Kubernetes 里也是这样。`trace` 发出一个自己的探测包，并在沿途的每个网络命名空间里监听规则对它做了什么：这里没有规则过问。',
      checks: {
        everybody: {
          says: '两个客户端都得到应答',
          otherwise: '{from} 没有得到应答，结果是：{gets}',
          symptom: '这个网络里没有 Pod 能从其他 Pod 得到应答',
        },
      },
    },
    isolated: {
      goal: '一条策略选中第三个 Pod，什么也不放行。',
      why: '被策略选中的 Pod 就被隔离：它的策略都没有放行的数据包会被丢弃，而丢弃不会告诉发送者任何事。看上去就像断了的网线，所以要问的总是：是哪条规则？',
      predictions: {
        'what-a-client-gets': { question: '客户端连接被隔离的 Pod。它会得到什么？', choices: OUTCOMES },
      },
      checks: {
        nobody: {
          says: '两个客户端什么也得不到：没有应答，也没有拒绝',
          otherwise: '{from} 得到了：{gets}',
          symptom: '没有策略放行，一个 Pod 却能访问另一个 Pod',
        },
        'by-the-policy': {
          says: '做出决定的规则在被隔离的 Pod 的链里，并写着策略的名字',
          otherwise: '决定 {from} 的探测包的是另一条链：{chain}',
          symptom: '无论客户端发什么，策略自己的规则都不计数',
        },
      },
    },
    allowed: {
      goal: '为同一个 Pod 再加一条策略，放行其中一个客户端。',
      why: '策略是相加的：只要有一条放行，数据包就通过，没有哪条能禁止。它们决定的是连接的方向，而不是数据包的方向：应答属于已放行的连接，所以被隔离的 Pod 可以去问任何人。',
      predictions: {
        'the-friend': {
          question: '一条策略什么也不放行，另一条放行“friend”。“friend”会得到什么？',
          choices: OUTCOMES,
        },
        'the-stranger': { question: '“stranger”呢？', choices: OUTCOMES },
        'the-other-way': { question: '被隔离的 Pod 自己去连接“stranger”。它会得到什么？', choices: OUTCOMES },
      },
      checks: {
        'friend-in': {
          says: '被放行的客户端得到应答',
          otherwise: '被放行的客户端得到的是：{gets}',
          symptom: '策略放行的客户端没有得到应答',
        },
        'stranger-out': {
          says: '另一个仍然什么也得不到',
          otherwise: '{from} 得到了：{gets}',
          symptom: '没有策略放行的客户端得到了应答',
        },
        'answers-come-back': {
          says: '被隔离的 Pod 连接另一个 Pod，应答能进来',
          otherwise: '被隔离的 Pod 去问，得到的是：{gets}',
          symptom: '被隔离的 Pod 去连接别人，什么也听不到',
        },
      },
    },
  },
  breaks: {
    'forward-drop': {
      what: '宿主机上的防火墙丢弃转发的数据包',
      hint: '数据包会经过 forward 钩子上的每一条链：`nft list ruleset`。各链的默认策略是什么？',
    },
    'no-isolation': {
      what: '被隔离 Pod 的映射里缺少该 Pod 的地址',
      hint: '数据包靠哪个映射到达被隔离 Pod 的链？看 `nft list ruleset` 的 ingress-forward 链',
    },
    'not-a-peer': {
      what: '策略放行的客户端集合里缺少一个地址',
      hint: '问 `nslab trace` 是哪条规则丢弃了数据包。它的源地址在哪个集合里查找？',
    },
    'no-established': {
      what: '缺少放行应答的规则',
      hint: '两个方向中丢的是哪一个？问 `nslab trace`，并对照 egress-forward 与 ingress-forward 两条链开头的规则',
    },
  },
} satisfies LabText as LabText;
