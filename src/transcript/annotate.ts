import { type Field, type Fields, flagNames, MESSAGES, type Struct } from './message-names.ts';

/** One part of a message: where it is, its bytes, what they mean, and how deep it lies in others. */
interface Part {
  readonly at: number;
  readonly bytes: Buffer;
  readonly meaning: string;
  readonly depth: number;
}

/**
 * Netlink's messages byte by byte, with what each part means. It is read out of what was sent, and knows nothing of how
 * that was made: so it shows what was really asked of the kernel.
 */
export function annotate(hexadecimal: string): string[] {
  const bytes = Buffer.from(hexadecimal, 'hex');
  const parts: Part[] = [];
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    parts.push(...message(bytes.subarray(0, at + length), at));
    at += Math.max(aligned(length), HEADER);
  }
  return parts.flatMap(lines);
}

const HEADER = 16;
const ATTRIBUTE = 4;
const ROW = 16;

function message(bytes: Buffer, at: number): Part[] {
  const [type, flags, sequence] = [
    bytes.readUInt16LE(at + 4),
    bytes.readUInt16LE(at + 6),
    bytes.readUInt32LE(at + 8),
  ];
  const known = MESSAGES[type];
  const name = known?.name ?? `type ${type}`;
  const meaning = `nlmsghdr: ${bytes.length - at} bytes, ${name}, ${flagNames(flags, name)}, sequence ${sequence}`;
  const header = { at, bytes: bytes.subarray(at, at + HEADER), meaning, depth: 0 };
  if (!known) return [header, { at: at + HEADER, bytes: bytes.subarray(at + HEADER), meaning: '', depth: 1 }];
  return [header, ...structured(bytes, at + HEADER, known.struct, known.fields, 1)];
}

/** A struct, and the attributes behind it. */
function structured(
  bytes: Buffer,
  at: number,
  struct: Struct | undefined,
  fields: Fields,
  depth: number,
): Part[] {
  if (!struct) return attributes(bytes, at, fields, depth);
  let place = at;
  const values = struct.fields.flatMap(([name, size]) => {
    const value = bytes.readUIntLE(place, size);
    place += size;
    return name === '' ? [] : [`${name} ${value}`];
  });
  const end = at + aligned(place - at);
  const meaning = `${struct.name}: ${values.join(', ')}`;
  return [{ at, bytes: bytes.subarray(at, end), meaning, depth }, ...attributes(bytes, end, fields, depth)];
}

function attributes(bytes: Buffer, from: number, fields: Fields, depth: number): Part[] {
  const parts: Part[] = [];
  for (let at = from; at + ATTRIBUTE <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < ATTRIBUTE) break;
    const type = bytes.readUInt16LE(at + 2) & 0x3fff;
    const field: Field = fields[type] ?? { name: `attribute ${type}`, as: 'number' };
    const value = bytes.subarray(at + ATTRIBUTE, at + length);
    if (field.as === 'nested') {
      parts.push({ at, bytes: bytes.subarray(at, at + ATTRIBUTE), meaning: `${field.name}:`, depth });
      parts.push(
        ...structured(
          bytes.subarray(0, at + length),
          at + ATTRIBUTE,
          field.struct,
          field.fields ?? {},
          depth + 1,
        ),
      );
    } else {
      const padded = bytes.subarray(at, at + aligned(length));
      parts.push({ at, bytes: padded, meaning: `${field.name} ${shown(field, value)}`, depth });
    }
    at += aligned(length);
  }
  return parts;
}

function shown({ as }: Field, value: Buffer): string {
  if (as === 'text') return JSON.stringify(value.toString('utf8').replace(/\0$/, ''));
  if (as === 'address') return value.join('.');
  if (as === 'mac') return value.toString('hex').replace(/..(?=.)/g, '$&:');
  if (as === 'network number') return String(value.readUIntBE(0, value.length));
  return value.length > 0 && value.length <= 4
    ? String(value.readUIntLE(0, value.length))
    : value.toString('hex');
}

/** Sixteen bytes a row; what they mean stands in the first. */
function lines({ at, bytes, meaning, depth }: Part): string[] {
  const rows = Array.from({ length: Math.ceil(bytes.length / ROW) }, (_, row) => {
    const hexadecimal = bytes
      .subarray(row * ROW, (row + 1) * ROW)
      .toString('hex')
      .replace(/..(?=.)/g, '$& ');
    return [(at + row * ROW).toString(16).padStart(4, '0'), hexadecimal.padEnd(ROW * 3 - 1)] as const;
  });
  return rows.map(([offset, text], row) =>
    `${offset}  ${text}  ${row === 0 ? `${'  '.repeat(depth)}${meaning}` : ''}`.trimEnd(),
  );
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
