import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: '名字：Pod 问了什么，答案里有谁',
  goal: '短名字靠搜索列表补成全名，这要花费查询；答案里只有就绪的 Pod。',
  drawing: `
    client ── "web" ──► dns（记下每个查询） ──► kube-dns 10.96.0.10
                            │                                 │
      search default.svc.cluster.local                 web    10.96.0.n   ClusterIP
             svc.cluster.local                         heads  10.x.0.2    Pod 自己的地址，
             cluster.local                                    10.x.0.3    只要它们就绪
      options ndots:5
  `,
  steps: {
    search: {
      goal: 'Pod 依次查询：一个 Service 的短名字、一个外部名字，以及末尾带点的同一个外部名字。',
      why: 'C 库的解析器对点数少于五个的名字（ndots:5）先逐个尝试搜索列表，得到第一个答案就停：本命名空间的 Service 立刻命中，外部名字则要先白问三次。末尾的点表示名字已经完整。',
      predictions: {
        'short-name': { question: 'Service 的短名字里没有点。有几个查询到达 DNS 服务器？' },
        'name-outside': { question: '查询不在集群里的 example.org 呢？' },
        'with-a-dot': { question: '查询末尾带点的“example.org.”呢？' },
      },
      checks: {
        'short-name-first': {
          says: 'Service 的短名字第一个查询就找到了：Pod 的命名空间在搜索列表的第一位',
          otherwise: '短名字花了 {queries} 个查询，或者没有找到：搜索列表里有这个命名空间吗？',
          symptom: 'Pod 用短名字找不到该 Service，用全名可以找到',
        },
        'outside-costs-four': {
          says: '外部名字花四个查询：搜索列表的每一项各白问一次，共三次',
          otherwise: '外部名字花了 {queries} 个查询，而不是四个',
        },
        'whole-costs-one': {
          says: '末尾带点时只花一个查询',
          otherwise: '完整的名字花了 {queries} 个查询，或者没有得到应答',
          symptom: 'Pod 查不到任何名字，无论内部还是外部；用地址可以访问',
        },
      },
    },
    headless: {
      goal: '为同样的 Pod 再创建一个没有 ClusterIP 的 Service。',
      why: '有了 `clusterIP: None`，就没有什么要转换：没有规则，没有自己的地址，内核也不做选择。名字本身就通向它的所有 Pod，由程序自己选：各副本并不相同的数据库需要的正是这个。',
      predictions: {
        'how-many-addresses': { question: '它后面有两个 Pod。它的名字有几个地址？' },
      },
      checks: {
        'pods-own-addresses': {
          says: 'headless Service 的名字通向各 Pod 自己的地址，而不是 ClusterIP',
          otherwise: '名字通向 {found}，而不是两个 Pod 的地址',
        },
      },
    },
    readiness: {
      goal: '第三个带就绪探针的 Pod 加入这两个 Service：它先变为就绪，然后又不再就绪。',
      why: '在运行的 Pod 未必已经能应答。探针的结果把它的地址加进端点列表，又从中取出，而规则和名字都由这张列表生成。把答案留得比 TTL 更久的客户端不会察觉。',
      predictions: {
        'not-ready': { question: 'Pod 在运行，但探针失败。headless 名字通向它吗？' },
        'not-any-more': { question: '它曾经就绪，探针又失败了。名字还通向它吗？' },
      },
      checks: {
        'out-before-and-after': {
          says: '探针失败期间，名字和规则都不通向它',
          otherwise: '{when}：名字或规则通向了该 Pod',
        },
        'in-when-ready': {
          says: '探针成功期间，两者都通向它',
          otherwise: '{when}：名字或规则没有通向该 Pod',
        },
      },
    },
  },
  breaks: {
    'other-search-list': {
      what: 'Pod 的搜索列表是另一个命名空间的',
      hint: '短名字会补成哪些名字？读里面的 /etc/resolv.conf，并与该 Service 的命名空间对照',
    },
    'ndots-1': { what: 'Pod 的设置是 `options ndots:1`：带点的名字直接查询' },
    'server-stopped': {
      what: 'Pod 询问的 DNS 服务器停住了（SIGSTOP）',
      hint: 'Pod 问的是谁（/etc/resolv.conf）？那个进程处于什么状态？`ps -o pid,stat,args -C dnsmasq`',
    },
    'with-cluster-ip': { what: '该 Service 有 ClusterIP' },
    'publishes-all': { what: '两个 Service 都设置了 `publishNotReadyAddresses: true`' },
    'never-ready': { what: '探针要找的文件一直没有创建' },
  },
} satisfies LabText as LabText;
