import { readMaybe } from './procfs.ts';

/** A socket that waits for clients. */
export interface ListeningSocket {
  /** Hexadecimal, as the kernel prints it. */
  readonly address: string;
  readonly port: number;
}

/** include/net/tcp_states.h: TCP_LISTEN; a UDP socket that is bound and not connected has TCP_CLOSE. */
const STATES = { tcp: '0A', udp: '07' };

/** The listening IPv4 and IPv6 sockets in the network namespace of a process, or of this thread. proc_pid_net(5) */
export function listeningSockets(
  protocol: keyof typeof STATES,
  process: number | 'thread-self' = 'thread-self',
): ListeningSocket[] {
  return [protocol, `${protocol}6`].flatMap((file) => {
    const [, ...lines] = (readMaybe(`/proc/${process}/net/${file}`) ?? '').split('\n');
    return lines.flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      return state === STATES[protocol] ? [{ address, port: Number.parseInt(port, 16) }] : [];
    });
  });
}
