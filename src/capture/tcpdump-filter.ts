import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Instruction, LONGEST, WITHOUT_LOOPBACK_TWINS } from '../sys/bpf.ts';
import { InputError } from '../sys/errors.ts';
import { which } from '../sys/which.ts';
import type { AddressesOf, UnknownFilter } from './filter.ts';

/**
 * The program of a filter by tcpdump's own compiler, as for Ethernet, where it is installed. Equivalent to: `tcpdump -ddd -y EN10MB FILTER`
 */
export async function compileByTcpdump(
  text: string,
  addressesOf: AddressesOf,
  unknown: UnknownFilter,
): Promise<Instruction[]> {
  const tcpdump = which('tcpdump');
  if (tcpdump === undefined)
    throw new InputError(`${unknown.message}, and tcpdump, whose compiler may know it, is not installed`, {
      cause: unknown,
      hint: `apt-get install tcpdump, or say it in these words: ${unknown.hint}`,
    });
  const expression = text.replace(/\b(host|src|dst)\s+([^\s()]+)/g, (_, keyword, name) =>
    [keyword, inAddresses(name, addressesOf)].join(' '),
  );
  try {
    const run = await promisify(execFile)(tcpdump, ['-ddd', '-y', 'EN10MB', expression], {
      env: { LC_ALL: 'C' },
    });
    return [...WITHOUT_LOOPBACK_TWINS, ...decode(run.stdout)];
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const said = String((cause as { stderr?: unknown }).stderr ?? cause).trim();
    throw new InputError(`filter "${text}": ${said.split('\n').at(-1)}`, {
      cause,
      hint: 'pcap-filter(7) has the language',
    });
  }
}

/** What tcpdump would ask a resolver for. */
function inAddresses(word: string, addressesOf: AddressesOf): string {
  const all = addressesOf(word);
  if (all.length > 1)
    throw new InputError(`pod "${word}" has several addresses: say which one`, { hint: all.join(', ') });
  return all[0] ?? word;
}

/** The number of instructions, then one a line: code, jt, jf, k. */
function decode(text: string): Instruction[] {
  const [count = 0, ...rest] = text.split('\n').map((line) => line.trim().split(' ').map(Number));
  const program = rest
    .filter((row) => row.length === 4)
    .map(([code = 0, jt = 0, jf = 0, k = 0]) => ({ code, jt, jf, k }));
  const expected = Array.isArray(count) ? count[0] : count;
  if (program.length !== expected || program.length + WITHOUT_LOOPBACK_TWINS.length > LONGEST)
    throw new InputError(`tcpdump's program has ${program.length} instructions: none that can be used`);
  return program;
}
