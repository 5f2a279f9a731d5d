import { acted, harmless, inert, needed, object, only, refused, required } from '../field.ts';
import { choice, flag, sysctlName, text, userId } from '../formats.ts';
import { type Limit, list, type Read } from '../shape.ts';

// The user and privileges of a container. k8s.io/api/core/v1/types.go

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

/** The fields that a container and its pod have in common. The container's value takes precedence. */
const common = {
  runAsUser: acted(userId),
  runAsGroup: acted(userId),
  runAsNonRoot: acted(flag),
  seccompProfile: harmless(
    inert('SeccompProfile', profile),
    'workloads run Unconfined',
    unconfined('seccomp filters are not supported'),
  ),
  appArmorProfile: harmless(
    inert('AppArmorProfile', profile),
    'workloads run Unconfined',
    unconfined('AppArmor profiles are not supported'),
  ),
  seLinuxOptions: refused('SELinux labels are not supported'),
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
    'a volume is always new, so both values do the same',
  ),
  supplementalGroups: acted(list(userId)),
  supplementalGroupsPolicy: harmless(
    choice('Merge', 'Strict'),
    'an image has no /etc/group of its own, so nothing is merged',
  ),
  sysctls: acted(list(Sysctl), 'those of the network namespace'),
  seLinuxChangePolicy: harmless(choice('MountOption', 'Recursive'), 'SELinux labels are not supported'),
});

export type SecurityFields = Read<typeof SecurityContext>;
