import { planClosing, type Settings } from './forwarding-plan.ts';
import {
  forgetForwarding,
  hasOthers,
  priorInTable,
  recordedForwarding,
  removeForwardingTable,
} from './forwarding-record.ts';
import {
  type ForwardingHost,
  foreignSettings,
  isRouter,
  settingOf,
  writeSetting,
} from './forwarding-settings.ts';

/**
 * Puts back what was recorded, where the value is still the one that nslab has set and no one else needs it: not while another
 * instance is on this host, and not after `ip_forward` was turned on. Twice is fine. There is no lock with other instances:
 * each writes and then looks again.
 */
export async function restoreForwarding(
  host: ForwardingHost,
  instance: string,
  networks: string,
): Promise<void> {
  // `nft` is asked only where the file is lost: a process takes longer than all that is restored.
  const recorded = recordedForwarding(networks, instance).prior;
  const own = Object.keys(recorded).length > 0 ? recorded : await priorInTable(host, instance);
  const opened = Object.keys(own).filter((device) => own[device] === '0');
  if (opened.length > 0 && !(await hasOthers(host, instance))) {
    if (isRouter(host))
      host.warn(`ip_forward was turned on meanwhile: forwarding of ${opened.join(', ')} stays on`);
    else await putBack(host, instance, own);
  }
  await removeForwardingTable(host, instance);
  forgetForwarding(host, networks);
}

/** Returns when what it has written is right for whom it has seen last: no one, or another instance. */
async function putBack(host: ForwardingHost, instance: string, own: Settings): Promise<void> {
  for (;;) {
    const restored = await restoreOnce(host, instance, own);
    if (restored.length === 0 || !(await hasOthers(host, instance))) return;
    // One that came between the two looks needs the settings now, also of what was born between. Our record goes later: it has
    // read that, or will see the values.
    const reopen = (device: string) =>
      writeSetting(host, device, '1', 'another instance of nslab on this host needs it');
    for (const device of restored) reopen(device);
    const values = await foreignSettings(host, instance, { known: own });
    for (const device of Object.keys(values)) if (values[device] === '0') reopen(device);
    if (await hasOthers(host, instance)) return;
  }
}

async function restoreOnce(
  host: ForwardingHost,
  instance: string,
  own: Settings,
): Promise<readonly string[]> {
  const restored: string[] = [];
  const restore = (values: Settings) => {
    for (const [device, value] of planClosing(values, own)) {
      writeSetting(host, device, value, 'the value that it had before the first network');
      restored.push(device);
    }
  };
  // `default` first: what is born from now on is not opened.
  restore({ default: host.sysctl.read(settingOf('default')) ?? '0' });
  restore(await foreignSettings(host, instance, { known: own }));
  return restored;
}
