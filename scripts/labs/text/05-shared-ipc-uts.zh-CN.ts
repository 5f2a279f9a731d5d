import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: 'Pod 还共享什么：消息、内存、主机名',
  goal: 'System V 消息队列、POSIX 共享内存和主机名属于 Pod，而不属于某个容器。',
  drawing: `
    ┌──────────────── web ────────────────┐
    │  writer ──► 队列  ──► reader        │   IPC 命名空间
    │  writer ──► /dev/shm ──► reader     │   同一个 tmpfs，由 holder 保持
    │  主机名 ───────────────► 两者       │   UTS 命名空间
    └─────────────────────────────────────┘
  `,
  steps: {
    queue: {
      goal: '两个工作负载之一创建一个消息队列。',
      why: 'System V 消息队列没有对应的文件：内核在一张表里按编号查找，而每个 IPC 命名空间各有一张这样的表。加入了 Pod 的 IPC 命名空间就看得到该队列，宿主机则看不到。',
      predictions: { 'queue-on-host': { question: 'reader 看得到这个队列。本机也看得到吗？' } },
      checks: {
        'one-ipc': {
          says: 'writer 和 reader 在同一个 IPC 命名空间里',
          otherwise: '它们的 {kind} 命名空间不同：{found}',
        },
        'queue-seen': {
          says: 'reader 看得到 writer 的队列',
          otherwise: 'reader 看不到队列：它在另一个 IPC 命名空间里，或者队列被删除了',
          symptom: 'reader 要等待消息，却报告说没有可以等待的地方',
        },
      },
    },
    memory: {
      goal: 'writer 向 POSIX 共享内存写入一张便条。',
      why: 'shm_open(3) 不过是 /dev/shm 里的一个文件：与 IPC 命名空间无关，取决于挂载。两个工作负载看到同一个 tmpfs，是因为 Pod 为它们都挂载了它。',
      checks: {
        'note-read': {
          says: 'reader 在自己的 /dev/shm 里找到便条：两者在那里挂载的是同一个 tmpfs',
          otherwise: 'reader 在自己的 /dev/shm 里找不到便条',
          symptom: 'reader 说 writer 没有给它留下便条',
        },
        'not-on-host': {
          says: '本机没有这张便条',
          otherwise: '便条在本机的共享内存里：Pod 没有自己的共享内存',
          symptom: '据说是 writer 留下的东西，出现在 Pod 里谁也无权写入的地方',
        },
      },
    },
    name: {
      goal: '修改 Pod 的主机名。',
      why: '主机名存放在 UTS 命名空间里，而不在进程里：所有进程指向同一个命名空间，无须通知任何一个。Docker 不能让容器之间共享它，Kubernetes 则总是共享。',
      predictions: { 'name-seen': { question: '已经在运行的工作负载看得到新名字吗？' } },
      checks: {
        'name-seen': {
          says: 'Pod 的每个进程立刻看到新名字',
          otherwise: 'reader 看到的是另一个名字：它在另一个 UTS 命名空间里，或者名字又被改了',
          symptom: 'reader 的日志里出现的名字不是所设置的那个',
        },
      },
    },
  },
  breaks: {
    'reader-without-ipc': { what: 'reader 启动时没有加入 Pod 的 IPC 命名空间' },
    'queue-removed': {
      what: '消息队列被删除',
      hint: '列出现有的队列：`nsenter --target PID --ipc ipcs -q`，PID 用 holder 的',
    },
    'note-removed': {
      what: '便条已从共享内存中删除',
      hint: '以 writer 的视角列出 /dev/shm：`nsenter --target PID --mount ls /dev/shm`',
    },
    'note-on-host': { what: '同名便条被写进了本机的共享内存', hint: '分别在里面和外面列出 /dev/shm' },
    renamed: {
      what: '主机名被改了',
      hint: '把里面 `hostname` 的输出与所设置的名字对照（`nsenter --target PID --uts hostname`）',
    },
  },
} satisfies LabText as LabText;
