import { closeSync, openSync, writeSync } from 'node:fs';
import { release } from 'node:os';
import { startCapture } from '../capture/capture.ts';
import { compile } from '../capture/compile.ts';
import { decode } from '../capture/decode.ts';
import { type AddressesOf, addressBytes, parseFilter, UnknownFilter } from '../capture/filter.ts';
import { packetLine } from '../capture/packet-line.ts';
import { compileByTcpdump } from '../capture/tcpdump-filter.ts';
import { prepareWindow } from '../ns/window.ts';
import { addressesOf } from '../pod/record.ts';
import { requireRoot } from '../pod/require-root.ts';
import { isPod } from '../pod/store.ts';
import { findTarget } from '../pod/target.ts';
import type { Instruction } from '../sys/bpf.ts';
import { errnoWords, InputError, OperationError } from '../sys/errors.ts';
import { openLibc } from '../sys/libc.ts';
import { readNumber } from '../sys/number.ts';
import { sectionHead } from '../sys/pcapng.ts';
import type { Relay } from '../sys/relay.ts';
import { openSpawn } from '../sys/spawn.ts';
import { Transcript } from '../transcript/transcript.ts';
import { AddressNames } from './address-names.ts';
import { describeLink, openWhere, type Where } from './capture-where.ts';
import { attachSinks, type GlobalOptions, printNotice, stateRoot } from './globals.ts';
import { loadWiring } from './load-wiring.ts';
import { printBytes, printPaced } from './print.ts';
import { forwardSignals } from './signals.ts';
import { versionLine } from './version.ts';
import { writeFailure } from './write-failure.ts';

export interface CaptureOptions {
  readonly interface?: string;
  readonly write?: string;
  readonly count?: string;
}

/** `nslab capture WHERE [FILTER…]`: packets as they pass, a line each or as pcapng. A signal ends it, as it ends tcpdump: status 0. */
export async function capture(
  where: string,
  words: readonly string[],
  options: CaptureOptions,
  globals: GlobalOptions,
): Promise<number> {
  const limit = options.count === undefined ? 0 : readNumber('--count', options.count, 'positive');
  if (options.write === '-' && process.stdout.isTTY)
    throw new InputError('packets in binary are not for a terminal', {
      hint: '-w FILE, or a pipe: nslab capture … -w - | wireshark -k -i -',
    });
  const root = stateRoot(globals);
  const expression = words.join(' ');
  const filter = await program(expression, podAddresses(root));
  requireRoot('packets are captured inside of network namespaces');

  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  await prepareWindow();
  const kernel = { libc: await openLibc(), transcript };
  const place = openWhere(kernel, root, where, options.interface);
  try {
    const { names, describe } = await whoIsWho(root, place, globals);
    const { netns, link } = place;
    const output = openOutput(options.write);
    let relay: Relay;
    try {
      if (output !== undefined) await writeHead(output, options.write, { where, expression, names });
      relay = startCapture(
        { kernel, spawn: openSpawn(transcript) },
        {
          ...{ netns, link, filter, expression, limit, output },
          links: (link ? [link] : place.links).map(({ index }) => ({ index, description: describe(index) })),
        },
      );
    } finally {
      if (output !== undefined && output !== 1) closeSync(output);
    }
    printNotice(`listening on ${linkList(place)} of ${place.netns.home ? 'host' : where}`);
    const watching = setInterval(() => place.isThere() || relay.stop(), SECOND);
    try {
      return await follow(relay, place, names, options.write);
    } finally {
      clearInterval(watching);
    }
  } finally {
    closeSync(place.netns.fd);
  }
}

/** Prints packets until a signal, the limit or the reader ends it. */
async function follow(
  relay: Relay,
  place: Where,
  names: AddressNames,
  file: string | undefined,
): Promise<number> {
  const { links, link } = place;
  const stop = () => relay.stop();
  let signals = 0;
  const undo = forwardSignals(() => (signals++ === 0 ? stop() : relay.kill()));
  // The reader of our output has ended.
  process.stdout.once('error', stop);
  const width = Math.max(...(link ? [link] : links).map(({ name }) => name.length));
  try {
    for await (const packets of relay.packets())
      await printPaced(
        packets.map((each) => packetLine(each, decode(each.bytes, each.link.type), names.nameOf, width)),
      );
    const { captured, dropped, errno } = await relay.finished;
    if (errno === ENETDOWN)
      throw new OperationError(
        `${link?.name ?? 'a link'} is down, or gone: ${counted(captured)} captured until then`,
      );
    if (errno !== 0)
      throw new OperationError(
        `cannot write ${file}: ${errnoWords(errno).join(': ')}; ${counted(captured)} captured`,
      );
    if (!place.isThere()) printNotice('the pod is gone');
    printNotice(`${counted(captured)} captured, ${dropped} dropped by the kernel`);
    return 0;
  } finally {
    undo();
    stop();
    process.stdout.off('error', stop);
  }
}

function counted(packets: number): string {
  return `${packets} packet${packets === 1 ? '' : 's'}`;
}

/** By our own compiler, or by tcpdump's. */
async function program(expression: string, addresses: AddressesOf): Promise<Instruction[]> {
  if (expression === '') return compile(undefined);
  try {
    return compile(parseFilter(expression, addresses));
  } catch (error) {
    if (!(error instanceof UnknownFilter)) throw error;
    return await compileByTcpdump(expression, addresses, error);
  }
}

function podAddresses(root: string): AddressesOf {
  return (name) =>
    isPod(root, name.split('/')[0] ?? '') ? addressesOf(findTarget(root, name).pod.status) : [];
}

/** Names of addresses and links. What is wired to neither this host nor our pods is known where it is asked for. */
async function whoIsWho(
  root: string,
  { netns }: Where,
  globals: GlobalOptions,
): Promise<{ names: AddressNames; describe: (index: number) => string }> {
  const near = await loadWiring(false, globals);
  const wiring = near.places.some(({ inode }) => inode === netns.inode)
    ? near
    : await loadWiring(true, globals);
  return {
    names: new AddressNames(root, wiring),
    describe: (index) => describeLink(wiring, netns.inode, index),
  };
}

/** `lo, eth0`; of many the first. */
function linkList({ links, link }: Where): string {
  const all = (link ? [link] : links).map(({ name }) => name);
  return all.length > MANY ? `${all.length} links (${all.slice(0, MANY).join(', ')} …)` : all.join(', ');
}

const MANY = 4;

const SECOND = 1000;

function openOutput(file: string | undefined): number | undefined {
  if (file === undefined || file === '-') return file && 1;
  try {
    return openSync(file, 'w', 0o600);
  } catch (error) {
    throw writeFailure(file, error);
  }
}

async function writeHead(
  output: number,
  file: string | undefined,
  { where, expression, names }: { where: string; expression: string; names: AddressNames },
): Promise<void> {
  const about = {
    os: `Linux ${release()}`,
    application: versionLine(),
    comment: `nslab capture ${where}${expression === '' ? '' : ` ${expression}`}`,
  };
  const named = [...names.all].flatMap(([address, name]) => {
    const bytes = addressBytes(address);
    // As kubectl names things: a name in Wireshark has no blank.
    return bytes ? [[bytes, name.replace(/\s+/g, '/')] as const] : [];
  });
  const head = sectionHead(about, named);
  if (output === 1) return await printBytes(head);
  try {
    writeSync(output, head);
  } catch (error) {
    throw writeFailure(file ?? '', error);
  }
}

/** include/uapi/asm-generic/errno.h */
const ENETDOWN = 100;
