import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: '为什么是 pause，而不是应用自己',
  goal: '网络命名空间归谁所有，决定了应用结束或重启对同 Pod 的其他容器意味着什么。',
  drawing: `
    app ◄── sibling               sibling 加入了 app
    pause ◄── app, sibling        两者都加入了 holder
    mount ◄── app                 绑定挂载让命名空间在没有进程时仍然存在
    link, mount ◄── ip netns      两种名字：哪一种能保住它所指的命名空间？
  `,
  steps: {
    'three-owners': {
      goal: '同一个应用，网络命名空间的三种所有者：先杀死并重启应用，再杀死 holder。',
      why: '加入进来的 sibling 引用的是命名空间，而不是应用：应用重启后得到新的命名空间，没有系统调用会把 sibling 一起移过去。有了 holder，两者加入的都是不会重启的那一个；绑定挂载不需要进程也能做到，但必须有人负责卸载。',
      predictions: {
        stranded: { question: '网络命名空间归应用所有，应用重启了。sibling 还能访问到它吗？' },
        held: { question: '如果网络命名空间归 holder 所有呢？' },
      },
      checks: {
        'app-killed': {
          says: '归应用所有：应用被杀死后，sibling 使命名空间继续存在，但那里没有服务器应答',
          otherwise: '{when}：丢失：{lost}；仍然存在：{left}',
        },
        'restart-strands': {
          says: '应用重启后在新的命名空间里：sibling 留在旧的里面，与 Docker 相同',
          otherwise: '{when}：丢失：{lost}；仍然存在：{left}',
        },
        'holder-keeps': {
          says: '归 holder 所有：应用重启之后一切照旧',
          otherwise: '{when}：丢失：{lost}；仍然存在：{left}',
        },
        'holder-killed': {
          says: 'holder 被杀死并不影响其他进程：只要其中还有进程，内核就保留命名空间',
          otherwise: '{when}：丢失：{lost}；仍然存在：{left}',
        },
        'mount-keeps': {
          says: '靠绑定挂载保持，没有任何进程时地址也还在：命名空间一直存在到卸载为止',
          otherwise: '{when}：丢失：{lost}；仍然存在：{left}',
        },
      },
    },
    'two-names': {
      goal: '两个 Pod，`ip netns` 的两种名字：指向 /proc/PID/ns/net 的符号链接，和挂载点。两个 holder 都被杀死。',
      why: '符号链接只是一段文字，不持有引用，而 /proc/PID 随进程一起消失。nsfs 的挂载和进程、打开的文件一样持有引用，所以内核会为“没有人”保留命名空间、地址和 veth 对；因此 `nslab` 用符号链接给 Pod 命名。',
      predictions: {
        'by-link': {
          question: '名字是指向 /proc/PID/ns/net 的符号链接。holder 没有了，`ip netns exec NAME` 还能用吗？',
        },
        'by-mount': {
          question: '如果名字是用 `ip netns attach NAME PID` 建的（把命名空间挂载在那里）呢？',
        },
      },
      checks: {
        'link-dangles': {
          says: '符号链接什么也保不住：holder 一结束，命名空间就消失，veth 对也随之消失',
          otherwise: '{when}：实际是 {found}',
        },
        'mount-stays': {
          says: '挂载让命名空间在没有任何进程时继续存在：地址和 veth 对都在，却不属于任何人',
          otherwise: '{when}：实际是 {found}',
        },
        'delete-ends': {
          says: '这时要靠 `ip netns delete` 才能结束它',
          otherwise: '{when}：实际是 {found}',
        },
      },
    },
  },
  breaks: {
    'mount-instead-of-link': { what: '第一个名字也是挂载' },
    'link-instead-of-mount': { what: '第二个名字也是符号链接' },
    'not-deleted': { what: '名字没有被删除' },
    'nobody-killed': { what: '应用没有被杀死' },
    'holder-instead-of-app': { what: '网络命名空间归 holder 所有，而不是归应用' },
    'app-instead-of-holder': { what: '网络命名空间归应用所有，而不是归 holder' },
    'all-killed': { what: '除 holder 之外，sibling 也被杀死了' },
    'not-mounted': { what: '没有对命名空间做绑定挂载' },
  },
} satisfies LabText as LabText;
