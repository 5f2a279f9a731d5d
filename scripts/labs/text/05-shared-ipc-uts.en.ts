import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: 'What else a pod shares: messages, memory, a name',
  goal: 'System V queues, POSIX shared memory and the host name belong to the pod, not to a single container.',
  drawing: `
    ┌──────────────── web ────────────────┐
    │  writer ──► queue ──► reader        │   ipc namespace
    │  writer ──► /dev/shm ──► reader     │   one tmpfs, kept by the holder
    │  hostname ─────────────► both       │   uts namespace
    └─────────────────────────────────────┘
  `,
  steps: {
    queue: {
      goal: 'One of two workloads creates a message queue.',
      why: 'System V queues have no file: the kernel finds them by a number in a table, and each ipc namespace has such a table of its own. Whoever joined that of the pod sees the queue, and the host does not.',
      predictions: {
        'queue-on-host': { question: 'The reader sees the queue. Does this machine see it, too?' },
      },
      checks: {
        'one-ipc': {
          says: 'writer and reader are in one ipc namespace',
          otherwise: 'their {kind} namespaces differ: {found}',
        },
        'queue-seen': {
          says: 'the reader sees the queue of the writer',
          otherwise: 'the reader sees no queue: it is in another ipc namespace, or the queue was removed',
          symptom: 'the reader waits for messages and says that there is nothing to wait at',
        },
      },
    },
    memory: {
      goal: 'The writer writes a note to POSIX shared memory.',
      why: 'shm_open(3) is nothing but a file in /dev/shm: the ipc namespace has no part in it, the mount has. Both workloads see one tmpfs because the pod has it mounted for all of them.',
      checks: {
        'note-read': {
          says: 'the reader finds the note in its /dev/shm: both have the same tmpfs mounted there',
          otherwise: 'the reader finds no note in its /dev/shm',
          symptom: 'the reader says that the writer has left it no note',
        },
        'not-on-host': {
          says: 'this machine has no such note',
          otherwise: 'the note is in the shared memory of this machine: the pod has none of its own',
          symptom: 'what the writer is said to have left is found where nobody of the pod may write',
        },
      },
    },
    name: {
      goal: 'The host name of the pod is changed.',
      why: 'The name is in the uts namespace and not in the processes: all of them point to the same one, so there is nothing to tell them. Docker cannot share it between containers; Kubernetes always does.',
      predictions: { 'name-seen': { question: 'Does a workload that runs already see the new name?' } },
      checks: {
        'name-seen': {
          says: 'every process of the pod sees the new name at once',
          otherwise:
            'the reader sees another name: it is in another uts namespace, or the name was changed again',
          symptom: 'the log lines of the reader bear a name that is not the one that was set',
        },
      },
    },
  },
  breaks: {
    'reader-without-ipc': {
      what: 'the reader was started without joining the ipc namespace of the pod',
    },
    'queue-removed': {
      what: 'the message queue was removed',
      hint: 'list what is there: `nsenter --target PID --ipc ipcs -q`, with the pid of the holder',
    },
    'note-removed': {
      what: 'the note was removed from the shared memory',
      hint: 'list /dev/shm as the writer sees it: `nsenter --target PID --mount ls /dev/shm`',
    },
    'note-on-host': {
      what: 'a note of that name was written to the shared memory of this machine',
      hint: 'list /dev/shm inside and outside',
    },
    renamed: {
      what: 'the host name was changed',
      hint: 'compare what `hostname` says inside with what was set (`nsenter --target PID --uts hostname`)',
    },
  },
} satisfies LabText as LabText;
