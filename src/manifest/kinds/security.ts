import { acted, harmless, inert, needed, object, only, refused, required } from '../field.ts';
import { choice, flag, sysctlName, text, userId } from '../formats.ts';
import { type Limit, list, type Read } from '../shape.ts';

// As whom a container runs, and what it may. k8s.io/api/core/v1/types.go

const unconfined = (why: string): Limit => ({
  only: (profile) => (profile as { type?: unknown }).type === 'Unconfined',
  why,
});

const profile = { type: needed(choice('Localhost', 'RuntimeDefault', 'Unconfined')), localhostProfile: text };

const Capabilities = object('Capabilities', {
  add: acted(list(text)),
  drop: acted(list(text)),
});

const Sysctl = object('Sysctl', { name: required(sysctlName), value: required(text) });

/** The fields that a container and its pod have in common: the container's own count. */
const common = {
  runAsUser: acted(userId),
  runAsGroup: acted(userId),
  runAsNonRoot: acted(flag),
  seccompProfile: harmless(
    inert('SeccompProfile', profile),
    'Unconfined is what a workload is here',
    unconfined('no seccomp filter is made'),
  ),
  appArmorProfile: harmless(
    inert('AppArmorProfile', profile),
    'Unconfined is what a workload is here',
    unconfined('no AppArmor profile is loaded'),
  ),
  seLinuxOptions: refused('no SELinux label is set'),
  windowsOptions: refused('this is Linux'),
};

export const SecurityContext = object('SecurityContext', {
  ...common,
  capabilities: acted(Capabilities),
  privileged: acted(flag),
  readOnlyRootFilesystem: acted(flag),
  allowPrivilegeEscalation: acted(flag),
  procMount: harmless(
    choice('Default', 'Unmasked'),
    'Default is what a workload gets',
    only(['Default'], 'the paths below /proc that are hidden stay hidden'),
  ),
});

export const PodSecurityContext = object('PodSecurityContext', {
  ...common,
  fsGroup: acted(userId),
  fsGroupChangePolicy: harmless(
    choice('Always', 'OnRootMismatch'),
    'a volume is new with its pod: there is nothing old to compare with',
  ),
  supplementalGroups: acted(list(userId)),
  supplementalGroupsPolicy: harmless(
    choice('Merge', 'Strict'),
    'an image has no /etc/group of its own here: nothing is merged',
  ),
  sysctls: acted(list(Sysctl), 'those of the network namespace'),
  seLinuxChangePolicy: harmless(choice('MountOption', 'Recursive'), 'no SELinux label is set'),
});

export type SecurityFields = Read<typeof SecurityContext>;
