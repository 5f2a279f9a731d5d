import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: 'Why pause, and not the app itself',
  goal: 'The owner of the network namespace decides what the end or restart of the app means for its siblings.',
  drawing: `
    app ◄── sibling               the sibling has joined the app
    pause ◄── app, sibling        both have joined a holder
    mount ◄── app                 a bind mount keeps the namespace without a process
    link, mount ◄── ip netns      two kinds of name: which one keeps what it names?
  `,
  steps: {
    'three-owners': {
      goal: 'One app, three owners of its network namespace: the app is killed and restarted, then the holder is killed.',
      why: 'A sibling that has joined holds on to the namespace and not to the app: a restarted app gets a new one, and no system call moves the sibling after it. With a holder both join what does not restart; a bind mount does the same without a process, but then somebody must unmount it.',
      predictions: {
        stranded: {
          question: 'The app owns the network namespace and is restarted. Does its sibling reach it?',
        },
        held: { question: 'And if a holder owns the network namespace?' },
      },
      checks: {
        'app-killed': {
          says: 'owned by the app: when it is killed, the sibling keeps the namespace alive, and no server answers there',
          otherwise: '{when}: lost: {lost}; still there: {left}',
        },
        'restart-strands': {
          says: 'after its restart the app is in a new namespace: the sibling stays in the old one, as with Docker',
          otherwise: '{when}: lost: {lost}; still there: {left}',
        },
        'holder-keeps': {
          says: 'owned by a holder: after a restart of the app everything is as before',
          otherwise: '{when}: lost: {lost}; still there: {left}',
        },
        'holder-killed': {
          says: 'a killed holder ends nothing else: the kernel keeps the namespace while a process is in it',
          otherwise: '{when}: lost: {lost}; still there: {left}',
        },
        'mount-keeps': {
          says: 'kept by a bind mount, the address exists without any process: the namespace stays until the unmount',
          otherwise: '{when}: lost: {lost}; still there: {left}',
        },
      },
    },
    'two-names': {
      goal: 'Two pods, and two kinds of name for `ip netns`: a link to /proc/PID/ns/net, and a mount. Both holders are killed.',
      why: 'A symbolic link is only text: it holds no reference, and /proc/PID goes with the process. A mount of nsfs holds one, as a process or an open file does, so the kernel keeps the namespace, its address and its veth pair for nobody; that is why `nslab` names its pods by links.',
      predictions: {
        'by-link': {
          question:
            'The name is a link to /proc/PID/ns/net. Does `ip netns exec NAME` work without the holder?',
        },
        'by-mount': {
          question:
            'And if the name was made by `ip netns attach NAME PID`, which mounts the namespace there?',
        },
      },
      checks: {
        'link-dangles': {
          says: 'a link keeps nothing: with the holder the namespace goes, and the veth pair with it',
          otherwise: '{when}: {found}',
        },
        'mount-stays': {
          says: 'a mount keeps the namespace without any process: address and veth pair stay, and belong to nobody',
          otherwise: '{when}: {found}',
        },
        'delete-ends': {
          says: '`ip netns delete` is then what ends it',
          otherwise: '{when}: {found}',
        },
      },
    },
  },
  breaks: {
    'mount-instead-of-link': { what: 'the first name was a mount, too' },
    'link-instead-of-mount': { what: 'the second name was a link, too' },
    'not-deleted': { what: 'the name was not deleted' },
    'nobody-killed': { what: 'the app was not killed' },
    'holder-instead-of-app': { what: 'a holder owned the network namespace instead of the app' },
    'app-instead-of-holder': { what: 'the app owned the network namespace instead of a holder' },
    'all-killed': { what: 'the sibling was killed as well as the holder' },
    'not-mounted': { what: 'the namespace was not bind-mounted' },
  },
} satisfies LabText as LabText;
