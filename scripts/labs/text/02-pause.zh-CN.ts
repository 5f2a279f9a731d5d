import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: 'Pod 为什么需要 holder（pause 进程）',
  goal: '命名空间随最后一个进程消失；holder 让它继续存在，并作为 1 号进程回收孤儿进程。',
  drawing: `
    app                   命名空间随 app 一起消失
    pause ── app          app 可以结束再重启：命名空间还在
       └──── 孤儿进程     1 号进程必须对它们调用 wait(2)，否则成为僵尸进程
  `,
  steps: {
    alone: {
      goal: '一个处于新网络命名空间中的程序结束。',
      why: '这个进程是该命名空间唯一的引用。接口、地址和路由都随它消失，所以自己拥有网络的容器每重启一次就丢一次地址。',
      predictions: { survives: { question: '程序已经结束。它的网络命名空间里还有进程吗？' } },
      checks: {
        'ended-with-it': {
          says: '该命名空间里没有进程：它随最后一个进程消失了',
          otherwise: '该命名空间里还有进程，使它继续存在',
        },
      },
    },
    held: {
      goal: '同一个程序加入 holder 的命名空间，然后结束。',
      why: 'holder 什么也不做，只是存在：只要它还睡在 pause(2) 里，命名空间的引用计数就大于零。Kubernetes 的 pause 容器就是为此而设的。',
      predictions: { 'survives-held': { question: '程序又结束了。它的网络命名空间里还有进程吗？' } },
      checks: {
        kept: {
          says: 'holder 还在其中，使命名空间继续存在',
          otherwise: '命名空间随程序消失了：没有 holder 维持它',
        },
      },
    },
    orphans: {
      goal: '一个程序在 Pod 的 PID 命名空间里留下一个孤儿进程，其中的 1 号进程是 holder。',
      why: '父进程结束时，内核把它的子进程交给所在 PID 命名空间的 1 号进程。已结束的进程在父进程调用 wait(2) 之前一直是僵尸进程，而 pause 做的正是这件事。',
      predictions: { buried: { question: '孤儿进程已经结束，它的父进程也不在了。它会一直是僵尸进程吗？' } },
      checks: {
        'no-zombies': {
          says: '没有留下僵尸进程：holder 回收每一个结束的进程',
          otherwise: '留下了僵尸进程：该 PID 命名空间的 1 号进程没有对子进程调用 wait(2)',
        },
      },
    },
  },
  breaks: {
    'app-lives': { what: '程序没有结束' },
    'nobody-held-it': { what: '程序启动在新的命名空间里，而不是 holder 的' },
    'sleep-as-process-1': { what: 'PID 命名空间的 1 号进程是一个从不调用 wait(2) 的程序' },
  },
} satisfies LabText as LabText;
