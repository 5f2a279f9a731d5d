import fc from 'fast-check';
import t from 'tap';
import { escapeBytes, hasBytes, ownArguments, textOf } from '../../src/sys/bytes.ts';

/** The bytes of a text: escaped as for the shim, and read again as the shim does. */
function bytesOf(text: string): Buffer {
  const escaped = Buffer.from(escapeBytes(text)).toString('latin1');
  return Buffer.from(
    escaped.replace(/\\([0-3][0-7]{2})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    'latin1',
  );
}

t.test('any bytes are the same after a text, JSON and the notation of the shim', async (t) => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text)),
  );
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const stored = JSON.parse(JSON.stringify(textOf(bytes))) as string;
      return bytesOf(stored).equals(Buffer.from(bytes));
    }),
    { numRuns: 5000 },
  );
  t.not(
    Buffer.from(Buffer.from([0x61, 0xff]).toString('utf8')).length,
    2,
    'Node’s own way loses them (control)',
  );
});

t.test('only bytes that are not UTF-8 are marked', async (t) => {
  t.equal(textOf(Buffer.from('aé😀\ufffd')), 'aé😀\ufffd');
  for (const text of ['', 'a', 'é', '😀', '\ufffd', '\\377']) t.notOk(hasBytes(text), JSON.stringify(text));
  t.equal(textOf(Buffer.from([0x61, 0xff, 0xc3])), 'a\udcff\udcc3');
  t.ok(hasBytes('a\udcff'));
  t.equal(escapeBytes('a\\\udcff😀'), 'a\\134\\377😀');
  t.equal(ownArguments(process.argv), process.argv, 'without such bytes nothing is read anew');
});
