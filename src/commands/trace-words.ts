import { InputError } from '../sys/errors.ts';
import { PROTOCOLS, type ProbeProtocol } from '../sys/probe-socket.ts';

/** `FROM [tcp|udp|icmp] DEST[:PORT]`, before anything of it is looked for. */
export interface Asked {
  readonly from: string;
  readonly protocol: ProbeProtocol | undefined;
  readonly to: string;
  /** A number, or the name that a Service has for one. */
  readonly port: string | undefined;
}

export function parseWords(verb: 'trace' | 'ping', [from = '', ...rest]: readonly string[]): Asked {
  if (rest.length < 1 || rest.length > 2)
    throw new InputError(
      `${verb} ${verb === 'ping' ? 'FROM [tcp|icmp]' : 'FROM [tcp|udp|icmp]'} DEST[:PORT]`,
    );
  const word = rest.length > 1 ? rest[0] : undefined;
  const destination = rest.at(-1) ?? '';
  const [to = '', port, ...more] = destination.split(':');
  if (more.length > 0 || to === '' || port === '')
    throw new InputError(`"${destination}" is not DEST or DEST:PORT`);
  return { from, protocol: word === undefined ? undefined : checkProtocol(word), to, port };
}

function checkProtocol(word: string): ProbeProtocol {
  const known = Object.keys(PROTOCOLS) as ProbeProtocol[];
  const found = known.find((each) => each === word);
  if (!found) throw new InputError(`no protocol "${word}"`, { hint: `one of ${known.join(', ')}` });
  return found;
}
