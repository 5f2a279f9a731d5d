import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: '什么是命名空间',
  goal: '每个进程在每一类命名空间中各属于一个，以 inode 号标识；unshare(2) 把进程放进新的命名空间。',
  drawing: `
    进程     ──┬─ net ── ipc ── uts ── pid ── mnt ── user ── cgroup ── time     每类各一个 inode
               │
    unshare(CLONE_NEWUTS)：其余七个 inode 不变，uts 换成新的

    task_struct ─┬─ nsproxy ────► uts_ns  ipc_ns  mnt_ns  net_ns  time_ns  cgroup_ns
                 ├─ cred ───────► user_ns                 内核统计指向每个命名空间的引用：
                 └─ thread_pid ─► PID 命名空间            归零即释放
  `,
  steps: {
    'one-host': {
      goal: '本机的两个进程：nslab 自己，以及一个没有新建任何命名空间的进程。',
      why: 'fork(2) 并不复制命名空间：子进程指向与父进程相同的命名空间，只是引用计数加一。因此从同一个 shell 启动的程序看到的网络、主机名和进程都是一样的。',
      checks: {
        'all-the-same': {
          says: '八个 inode 号全部相同：两个进程看到同样的网络、主机名和进程',
          otherwise: '它们的 {kind} 命名空间不同：{found}',
        },
      },
    },
    uts: {
      goal: '一个进程在新的 UTS 命名空间中启动，并在其中设置另一个主机名。',
      why: 'unshare(2) 只替换标志位点名的那几类，其余各类保留原来的指针。sethostname(2) 写入的是调用者所在的 UTS 命名空间，外面自然看不到新名字。',
      predictions: {
        'how-many': { question: '只对一类执行 unshare。它的八个 inode 号中有几个会与宿主机不同？' },
        'whose-name': { question: '它的主机名被设为 "elsewhere"。本机的主机名会跟着变吗？' },
      },
      checks: {
        'uts-differs': {
          says: '它的 UTS 命名空间不是宿主机的',
          otherwise: '它们共用一个 {kind} 命名空间：{found}',
        },
        'net-same': {
          says: '它的网络命名空间仍是宿主机的：只有点名的类别才会被分离',
          otherwise: '它们的 {kind} 命名空间不同：{found}',
        },
        'own-name': {
          says: '它的主机名是 "elsewhere"，而本机的主机名没有变',
          otherwise: { 'not-set': '它的主机名不是所设置的那个', 'host-changed': '本机的主机名被改了' },
          symptom: '一个要在主机 "elsewhere" 上运行的脚本报告说跑错了机器',
        },
      },
    },
    net: {
      goal: '另一个进程在新的网络命名空间中启动。',
      why: '一个网络命名空间就是一整套网络协议栈：接口、路由、防火墙、套接字。内核只为它新建一个 lo，此外什么都没有，因为一块物理网卡同时只能属于一个命名空间，它留在原处。',
      checks: {
        'net-differs': {
          says: '它的网络命名空间不是宿主机的',
          otherwise: '它们共用一个 {kind} 命名空间：{found}',
        },
        'lo-alone': {
          says: '其中只有环回接口：没有任何链路通进来',
          otherwise: '其中有 {count} 个接口：{names}',
          symptom: '对这个本应与外界隔绝的命名空间做审计，结果显示它并不隔绝',
        },
      },
    },
    pid: {
      goal: '一个工作负载在新的 PID 命名空间中启动。',
      why: '进程在自己的 PID 命名空间以及所有上级命名空间中各有一个号，所以宿主机也看得到它。命名空间里的第一个进程得到 1 号，充当 init：它一结束，内核就杀死其中所有其他进程。',
      predictions: {
        'own-number': {
          question: '它在本机上的 PID 是个较大的数。它在自己的 PID 命名空间中的 PID 是多少？',
          choices: { 'the same': '相同' },
        },
      },
      checks: {
        'process-1': {
          says: '在自己的 PID 命名空间里，它是 1 号进程，也是唯一的进程',
          otherwise: '内外 PID 相同：它在宿主机的 PID 命名空间里',
        },
      },
    },
    'eight-made': {
      goal: '第二部分。八类命名空间各由一个进程用 unshare(1) 创建。',
      why: '进程可以更换自己指向的对象，却不能更换自己的进程号，时钟也不允许跳变：对 pid 和 time，unshare(2) 只设置 pid_ns_for_children 和 time_ns_for_children，下一个子进程才诞生在新命名空间里。所以 unshare(1) 对这两类需要 --fork。',
      predictions: {
        'who-forks': {
          question: '对哪几类命名空间，调用 unshare(2) 的进程自己仍留在原处？',
          choices: { none: '没有', 'mnt, user': 'mnt 和 user', 'pid, time': 'pid 和 time', all: '全部' },
        },
      },
      checks: {
        'each-new': {
          says: '八个进程各自所在的命名空间都不是宿主机的',
          otherwise: '仍在宿主机的命名空间里：{kinds}',
        },
      },
    },
    'eight-joined': {
      goal: '第二个进程用 nsenter(1) 分别加入这八个命名空间，它调用的是 setns(2)。',
      why: 'setns(2) 接受 /proc/PID/ns/KIND 的文件描述符，让调用者指向同一个命名空间；既不新建，也不复制。field 一列是这个指针在内核中的名字：六类挂在 nsproxy 上，user 在凭证（cred）里，pid 则在进程号（struct pid）里。',
      predictions: { 'how-many-new': { question: '八个进程分别加入。会产生几个新的命名空间？' } },
      checks: {
        'each-joined': {
          says: '八类之中，两个进程的 inode 号都相同',
          otherwise: '第二个进程在另一个命名空间里：{kinds}',
        },
      },
    },
    'makers-end': {
      goal: '杀死创建这八个命名空间的进程。',
      why: '命名空间不属于任何人：只要引用计数大于零它就存在，与由谁创建无关。pid 是例外，因为它的 1 号进程不只是一个使用者：它一死，zap_pid_ns_processes() 就会杀死其中的所有其他进程。',
      predictions: { 'how-many-left': { question: '八个命名空间中，有几个里面还有进程？' } },
      checks: {
        'second-keeps': {
          says: '七类命名空间靠后来加入的那一个进程继续存在',
          otherwise: '其中剩下的进程不是恰好一个：{kinds}',
        },
        'pid-ended': {
          says: 'PID 命名空间空了：另一个进程随 1 号进程一起被杀死',
          otherwise: 'PID 命名空间里还有进程',
        },
      },
    },
    'eight-ended': {
      goal: '第二批进程也结束。',
      why: '最后一个引用消失时计数归零，内核释放命名空间及其中的一切：地址、队列、挂载、主机名。同样会计数的还有：打开着的 /proc/PID/ns/KIND 文件、对它的绑定挂载（`ip netns add` 就是这样做的），以及 pid 和 user 的子命名空间。',
      predictions: { 'any-left': { question: '八个命名空间还剩几个？' } },
      checks: {
        'all-gone': {
          says: '八个命名空间都不再有引用：内核已经释放它们',
          otherwise: '仍有引用指向：{kinds}',
        },
      },
    },
  },
  breaks: {
    'other-elsewhere': { what: '第二个进程有自己的 UTS 命名空间' },
    'uts-not-unshared': { what: '分离的是 net 而不是 uts' },
    'net-unshared-too': { what: '网络也被分离了' },
    renamed: {
      what: '主机名被改了',
      hint: '把里面 `hostname` 的输出与所设置的名字对照（`nsenter --target PID --uts hostname`）',
    },
    'net-not-unshared': { what: '分离的是 uts 而不是 net' },
    cable: { what: '多了一对 veth', hint: '列出里面的链路：`ip -brief link`。哪一条不该存在？' },
    'pid-not-unshared': { what: '启动时没有新建 PID 命名空间' },
    'uts-not-made': { what: '八个之中有一个没有用 unshare(1) 启动' },
    'ipc-not-joined': { what: '八个之中有一个没有加入' },
    'makers-live': { what: '创建者没有被杀死' },
    'second-lives': { what: '第二批进程没有被杀死' },
  },
} satisfies LabText as LabText;
