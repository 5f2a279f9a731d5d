/** A file of pcapng, read strictly: a fault in its form throws. draft-ietf-opsawg-pcapng */
export interface PcapngFile {
  readonly application: string;
  readonly comment: string;
  readonly names: ReadonlyMap<string, string>;
  readonly links: ReadonlyArray<{
    readonly name: string;
    readonly description: string;
    readonly filter: string;
  }>;
  readonly packets: ReadonlyArray<{
    readonly link: number;
    readonly time: bigint;
    readonly bytes: string;
    readonly direction: number;
  }>;
  readonly statistics: ReadonlyArray<{
    readonly link: number;
    readonly delivered: bigint;
    readonly accepted?: bigint;
    readonly dropped?: bigint;
    readonly comment?: string;
  }>;
}

export function readPcapng(file: Buffer): PcapngFile {
  let [application, comment] = ['', ''];
  const names = new Map<string, string>();
  const links: PcapngFile['links'][number][] = [];
  const packets: PcapngFile['packets'][number][] = [];
  const statistics: PcapngFile['statistics'][number][] = [];
  let last = 0;
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt32LE(at + 4);
    must(length % 4 === 0 && at + length <= file.length, `a block of ${length} bytes at ${at}`);
    must(file.readUInt32LE(at + length - 4) === length, 'its length stands at its end, too');
    const type = file.readUInt32LE(at);
    const body = file.subarray(at + 8, at + length - 4);
    must((at === 0) === (type === 0x0a0d0d0a), 'one section, at the begin');
    if (at === 0) {
      must(body.readUInt32LE(0) === 0x1a2b3c4d && body.readUInt16LE(4) === 1, 'the magic, version 1');
      const options = optionsOf(body, 16);
      [application, comment] = [String(options.get(4)), String(options.get(1))];
    } else if (type === 4) {
      for (const [code, value] of fields(body, 0)) {
        const size = code === 1 ? 4 : 16;
        const name = value.subarray(size).toString();
        must(name.endsWith('\0') && !/\s/.test(name), `the name ${name}`);
        if (code === 1) names.set(value.subarray(0, 4).join('.'), name.slice(0, -1));
      }
    } else if (type === 1) {
      const options = optionsOf(body, 8);
      must(options.get(9)?.readUInt8(0) === 9, 'in nanoseconds');
      must(body.readUInt16LE(0) === 1, 'Ethernet');
      links.push({
        name: String(options.get(2)),
        description: String(options.get(3) ?? ''),
        filter: String(options.get(11)?.subarray(1) ?? ''),
      });
    } else if (type === 6) {
      const [link, size] = [body.readUInt32LE(0), body.readUInt32LE(12)];
      must(link < links.length, `link ${link} was described before`);
      must(size <= body.readUInt32LE(16), 'not more than there was');
      const flags =
        optionsOf(body, 20 + ((size + 3) & ~3))
          .get(2)
          ?.readUInt32LE(0) ?? 0;
      packets.push({
        link,
        time: (BigInt(body.readUInt32LE(4)) << 32n) | BigInt(body.readUInt32LE(8)),
        bytes: body.subarray(20, 20 + size).toString('hex'),
        direction: flags & 3,
      });
    } else if (type === 5) {
      const options = optionsOf(body, 12);
      const number = (code: number) => options.get(code)?.readBigUInt64LE(0);
      statistics.push({
        link: body.readUInt32LE(0),
        delivered: number(8) ?? -1n,
        ...(options.has(6) && { accepted: number(6) as bigint }),
        ...(options.has(7) && { dropped: number(7) as bigint }),
        ...(options.has(1) && { comment: String(options.get(1)) }),
      });
    } else throw new Error(`a block of type ${type}`);
    last = type;
    at += length;
  }
  must(last === 5, 'statistics at the end');
  return { application, comment, names, links, packets, statistics };
}

/** A file of the older format, as tcpdump writes it: its frames. */
export function readPcap(file: Buffer): string[] {
  must([0xa1b2c3d4, 0xa1b23c4d].includes(file.readUInt32LE(0)), 'the magic of pcap');
  const frames: string[] = [];
  for (let at = 24; at < file.length; ) {
    const size = file.readUInt32LE(at + 8);
    frames.push(file.subarray(at + 16, at + 16 + size).toString('hex'));
    at += 16 + size;
  }
  return frames;
}

function* fields(body: Buffer, from: number): Generator<readonly [code: number, value: Buffer]> {
  for (let at = from; ; ) {
    must(at + 4 <= body.length, 'options have an end');
    const [code, length] = [body.readUInt16LE(at), body.readUInt16LE(at + 2)];
    if (code === 0) {
      must(length === 0 && at + 4 === body.length, 'which is the end of the block');
      return;
    }
    yield [code, body.subarray(at + 4, at + 4 + length)];
    at += 4 + ((length + 3) & ~3);
  }
}

function optionsOf(body: Buffer, from: number): ReadonlyMap<number, Buffer> {
  return new Map(fields(body, from));
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not as pcapng has it: ${what}`);
}
