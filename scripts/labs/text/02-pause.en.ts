import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: 'Why a pod has a holder',
  goal: 'A namespace ends with its last process; a holder keeps it alive and, as process 1, reaps orphans.',
  drawing: `
    app                   the namespace ends with the app
    pause ── app          app may end and restart: the namespace stays
       └──── orphans      process 1 must wait(2) for them, or they stay as zombies
  `,
  steps: {
    alone: {
      goal: 'A program in a new network namespace ends.',
      why: 'The process was the only reference to the namespace. Its interfaces, addresses and routes are gone with it, so a container that owns its network loses its address at each restart.',
      predictions: {
        survives: { question: 'The program has ended. Is any process left in its network namespace?' },
      },
      checks: {
        'ended-with-it': {
          says: 'no process is in that namespace: it ended with its last process',
          otherwise: 'a process is still in that namespace and keeps it alive',
        },
      },
    },
    held: {
      goal: 'The same program joins the namespace of a holder, and ends.',
      why: 'The holder does nothing but exist: as long as it sleeps in pause(2), the counter of the namespace stays above zero. That is all that the pause container of Kubernetes is for.',
      predictions: {
        'survives-held': {
          question: 'The program has ended again. Is any process left in its network namespace?',
        },
      },
      checks: {
        kept: {
          says: 'the holder is still in it and keeps it alive',
          otherwise: 'the namespace ended with the program: no holder kept it alive',
        },
      },
    },
    orphans: {
      goal: 'A program leaves an orphan in the pid namespace of the pod, where process 1 is the holder.',
      why: 'When a parent ends, the kernel gives its children to process 1 of their pid namespace. An ended process stays as a zombie until its parent has called wait(2), and pause does nothing else.',
      predictions: {
        buried: { question: 'The orphan has ended, and its parent is gone. Does it stay as a zombie?' },
      },
      checks: {
        'no-zombies': {
          says: 'no zombie is left: the holder reaps every process that ends',
          otherwise: 'a zombie is left: process 1 of that pid namespace does not wait for its children',
        },
      },
    },
  },
  breaks: {
    'app-lives': { what: 'the program has not ended' },
    'nobody-held-it': { what: 'the program was started in a new namespace instead of the holder’s' },
    'sleep-as-process-1': { what: 'process 1 of the pid namespace is a program that never calls wait(2)' },
  },
} satisfies LabText as LabText;
