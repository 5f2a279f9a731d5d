import type { Files } from '../sys/files.ts';
import type { Instance } from '../sys/instance.ts';
import type { Kernel } from '../sys/invoke.ts';
import type { Sysctl } from '../sys/sysctl.ts';
import type { Conntrack } from './conntrack.ts';
import type { Driver } from './driver.ts';
import type { Firewalld } from './firewalld.ts';
import type { Ip } from './ip.ts';
import type { Nft } from './nft.ts';

/** The part of `Host` that networking uses. */
export interface NetHost {
  readonly kernel: Kernel;
  readonly files: Files;
  readonly sysctl: Sysctl;
  /** Who carries out the operations of the table. */
  readonly net: Driver;
  readonly ip: Ip;
  readonly nft: Nft;
  readonly firewalld: Firewalld;
  readonly conntrack: Conntrack;
  /** Whether rules may be put into chains of other programs that are no agreed place for it. */
  readonly openFirewall?: boolean;
  /** Descriptors of the locks that this verb holds: whatever changes the kernel for it inherits them. */
  readonly held: Set<number>;
  /** What a state directory belongs to here and now. */
  instance(root: string): Instance;
  /** Says on stderr what the user should know and did not ask for. */
  readonly warn: (line: string) => void;
}
