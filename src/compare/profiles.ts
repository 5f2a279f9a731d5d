import { existsSync } from 'node:fs';
import { InputError } from '../sys/errors.ts';
import type { Values } from './fact.ts';
import { type Recorded, readRecorded } from './recorded.ts';

/** Finds a profile by name, or reads a file that --save wrote. */
export function readProfile(name: string): Recorded {
  const profile = PROFILES[name];
  if (profile) return { of: name, facts: profile.facts, figures: {}, source: profile.source };
  if (existsSync(name)) return readRecorded(name);
  throw new InputError(`no file and no profile "${name}"`, {
    hint: `profiles: ${Object.keys(PROFILES).join(', ')}`,
  });
}

interface Profile {
  readonly facts: Values;
  readonly source: string;
}

const OWN = 'own';
const HOST = 'host';
const JOINED = 'pause: own; nginx, busybox: joined';

/** The defaults of engines, on a machine with cgroup v2. */
const DEFAULTS = { net: OWN, ipc: OWN, uts: OWN, pid: OWN, mnt: OWN, user: HOST, cgroup: OWN, time: HOST };

/** The namespaces of engines as their documentation and source define them. */
const PROFILES: Readonly<Record<string, Profile>> = {
  docker: profile('man docker-run; moby daemon/oci_linux.go', { net: JOINED, ipc: OWN }),
  'docker+ipc': profile('moby daemon/container_operations_unix.go', { net: JOINED, ipc: JOINED }),
  'docker+pid': profile('moby daemon/container_operations_unix.go', {
    net: JOINED,
    ipc: JOINED,
    pid: JOINED,
  }),
  'podman-pod': profile('man podman-pod-create, --share', { net: JOINED, ipc: JOINED, uts: JOINED }),
  'kubernetes-pod': profile(
    'kubernetes staging/src/k8s.io/cri-api/pkg/apis/runtime/v1/api.proto, NamespaceOption',
    {
      net: JOINED,
      ipc: JOINED,
      uts: JOINED,
    },
  ),
  'kubernetes-shared-pid': profile(
    'kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace',
    {
      net: JOINED,
      ipc: JOINED,
      uts: JOINED,
      pid: JOINED,
    },
  ),
};

function profile(source: string, joined: Partial<typeof DEFAULTS>): Profile {
  return { source, facts: { ...DEFAULTS, ...joined } };
}
