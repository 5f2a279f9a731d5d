import t from 'tap';
import { checkPodNumbers, checkWorkloadNumbers } from '../../src/spec/check-numbers.ts';
import type { WorkloadSpec } from '../../src/spec/workload-spec.ts';
import { isNumber, type NumberKind, parseNumber, RANGES } from '../../src/sys/number.ts';
import { parseRecord, type Shape } from '../../src/sys/record-file.ts';

/** Values that are not integers, or that a record, JSON or C would change. */
const NONE = [Number.NaN, Infinity, -Infinity, 0.5, 1e300, -1e300, '1', null, undefined, 1n, [], {}];

t.test('a number is read in plain decimal and in its range', async (t) => {
  for (const [kind, { least, most }] of Object.entries(RANGES) as [
    NumberKind,
    (typeof RANGES)[NumberKind],
  ][]) {
    // Beyond 2^53 two texts are one number.
    const beyond = most > Number.MAX_SAFE_INTEGER ? most * 2 : most + 1;
    t.equal(parseNumber(String(least), kind), least, `control: ${kind} ${least}`);
    t.equal(parseNumber(String(most), kind), most, `control: ${kind} ${most}`);
    for (const text of [
      String(least - 1),
      String(beyond),
      `0${most}`,
      `+${most}`,
      ` ${most}`,
      `${most} `,
      `${most}.0`,
    ])
      t.equal(parseNumber(text, kind), undefined, `${kind} "${text}"`);
    for (const value of [least - 1, beyond, ...NONE])
      t.notOk(isNumber(value, kind), `${kind} ${String(value)}`);
  }
  for (const text of ['', '-', '0x10', '1e3', '١', '１', '1_0', '1,0', '00', '-0', '9'.repeat(400)])
    t.equal(parseNumber(text, 'id'), undefined, text);
});

t.test('a caller of the library is refused what the shim would read as another number', async (t) => {
  const origins = { net: 'new', ipc: 'new', uts: 'new', pid: 'new' } as const;
  const workload = (more: object) => ({ name: 'w', command: ['true'], origins, ...more }) as WorkloadSpec;
  const handler = (more: object) => ({
    handlers: [{ when: 'liveness', action: { exec: ['true'] }, ...more }],
  });
  const wrong: object[] = [
    ...[2 ** 31, -1, Number.NaN, 1e300].flatMap((number) => [
      ...[{ grace: number }, { deadline: number }, { mostRestarts: number }, { groups: [1, number] }],
      ...[handler({ period: number }), handler({ success: number }), handler({ action: { sleep: number } })],
    ]),
    ...[{ mostRestarts: 0.5 }, { groups: [4294967296] }, { deadline: 0 }, handler({ timeout: 0 })],
    ...[
      handler({ failure: 0 }),
      { limits: { memory: 0 } },
      { limits: { cpu: 2 ** 53 } },
      { limits: { memory: 1.5 } },
    ],
  ];
  for (const more of wrong)
    t.throws(
      () => checkWorkloadNumbers(workload(more)),
      { name: 'InputError', message: /is not .* from/ },
      show(more),
    );
  const right = [
    ...[
      { grace: 0 },
      { grace: 0.5 },
      { grace: 2147483647 },
      { deadline: 0.001 },
      { groups: [0, 2147483647] },
    ],
    ...[handler({ period: 1, success: 1, delay: 0 }), { limits: { memory: 1, cpu: 1 } }],
  ];
  for (const more of right)
    t.doesNotThrow(() => checkWorkloadNumbers(workload(more)), `control: ${show(more)}`);

  const port = (hostPort: number, podPort: number) => ({
    name: 'p',
    ports: [{ hostPort, podPort, protocol: 'tcp' as const }],
  });
  for (const number of [0, 65536, 80.5, -80, Number.NaN, 4294967376]) {
    t.throws(() => checkPodNumbers(port(number, 80)), { name: 'InputError', message: /is not .* from/ });
    t.throws(() => checkPodNumbers(port(80, number)), { name: 'InputError', message: /is not .* from/ });
  }
  t.doesNotThrow(() => checkPodNumbers(port(1, 65535)), 'control');
  const file = { path: 'x', mode: 0o644 };
  t.throws(() => checkPodNumbers({ name: 'p', files: [{ ...file, gid: 4294967296 }] }), {
    name: 'InputError',
    message: /is not .* from/,
  });
  t.throws(() => checkPodNumbers({ name: 'p', files: [{ ...file, mode: 0o10000 }] }), {
    name: 'InputError',
    message: /is not .* from/,
  });
  t.doesNotThrow(() => checkPodNumbers({ name: 'p', files: [{ ...file, gid: 5 }] }), 'control');
});

t.test('a number in a record is one of its kind, or the record cannot be used', async (t) => {
  const shape: Shape = {
    process: { pid: 'pid', startTime: 'count' },
    groups: ['id'],
    ports: [{ hostPort: 'port' }],
  };
  const read = (more: object) =>
    parseRecord(
      JSON.stringify({ process: { pid: 4, startTime: 5 }, groups: [], ports: [], ...more }).replace(
        '"1e300"',
        '1e300',
      ),
      shape,
    );
  t.doesNotThrow(() => read({ groups: [0, 2147483647], ports: [{ hostPort: 80 }] }), 'control');
  for (const pid of [0, -1, 1.5, 4194305, '4', null, '1e300'])
    t.throws(
      () => read({ process: { pid, startTime: 5 } }),
      { message: /"pid" is not a pid from 1 to 4194304/ },
      `pid ${pid}`,
    );
  t.throws(() => read({ process: { pid: 4, startTime: 0.5 } }), {
    message: /^"process": "startTime" is not a count from 0/,
  });
  t.throws(() => read({ groups: [1, 4294967296] }), {
    message: '"groups"[1] is not a uid or gid from 0 to 2147483647',
  });
  t.throws(() => read({ groups: {} }), { message: '"groups" is no list' });
  t.throws(() => read({ ports: [{ hostPort: 0 }] }), {
    message: '"ports"[0]: "hostPort" is not a port from 1 to 65535',
  });
});

function show(value: object): string {
  return JSON.stringify(value, (_, each) => (Number.isNaN(each) ? 'NaN' : each));
}
