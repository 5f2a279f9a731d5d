import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Event } from '../../src/transcript/event.ts';
import { Transcript, toFile, toFileByStep } from '../../src/transcript/transcript.ts';
import { bundle, start } from '../bundle.ts';

t.test('an event has its clock, its pid, its step, and only the fields that it has', async (t) => {
  const events: Event[] = [];
  const transcript = new Transcript((event) => events.push(event));
  const before = process.hrtime.bigint();
  const bare = transcript.begin({ channel: 'spawn', call: 'execve', args: 'pause web', purpose: 'a test' });
  transcript.step = 'holder';
  const begun = process.hrtime.bigint();
  const full = transcript.begin({
    channel: 'ip',
    call: 'ip',
    args: '-batch -',
    purpose: 'a test',
    input: 'link\n',
    equivalent: 'ip link',
  });
  transcript.step = 'wire';
  const from = process.hrtime.bigint();
  await sleep(20);
  const to = process.hrtime.bigint();
  full({ result: 1, errno: 2 });
  const ended = process.hrtime.bigint();
  bare({ result: 42 });
  t.same(Object.keys(events[1] ?? {}), ['t', 'channel', 'who', 'purpose', 'call', 'args', 'result', 'us']);
  t.same(events[0], {
    ...events[0],
    who: process.pid,
    step: 'holder',
    input: 'link\n',
    result: 1,
    errno: 2,
    equivalent: 'ip link',
  });
  const [first, second] = events;
  t.ok(Number(before) <= (second?.t ?? 0) && (second?.t ?? 0) <= (first?.t ?? 0), 'stamped when they began');
  const us = (first?.us ?? 0) + 1; // a whole number of them
  t.ok(
    us * 1000 >= Number(to - from) && (us - 2) * 1000 <= Number(ended - begun),
    'and timed until they ended',
  );
  t.ok((first?.t ?? 0) <= Number(from), 'CLOCK_MONOTONIC: every process has the same');
});

t.test('sinks come and go', async (t) => {
  const seen: string[] = [];
  const sink = (who: string) => (event: Event) => seen.push(`${who}${event.args}`);
  const [a, b] = [sink('a'), sink('b')];
  const transcript = new Transcript(a);
  const event = (args: string) =>
    transcript.begin({ channel: 'syscall', call: 'x', args, purpose: 'a test' })({ result: 0 });
  event('1');
  transcript.attach(b);
  event('2');
  transcript.detach(a);
  transcript.detach(a);
  event('3');
  transcript.detach(b);
  event('4');
  t.same(seen, ['a1', 'a2', 'b2', 'b3']);
});

t.test('processes that write one transcript together never tear a line', async (t) => {
  const path = join(t.testdir(), 'transcript');
  writeFileSync(path, '');
  const program = await bundle(t, new URL('appender.ts', import.meta.url));
  const COUNT = 10_000;
  const writers = [1, 2].map(() => start([process.execPath, program, path, String(COUNT)]));
  for (const { ended } of writers) t.match(await ended, { status: 0, stderr: '' });
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  t.equal(lines.length, 2 * COUNT);
  const events = lines.map((line) => JSON.parse(line) as Event);
  const pids = [...new Set(events.map(({ who }) => who))];
  t.equal(pids.length, 2);
  for (const pid of pids) {
    const own = events.filter(({ who }) => who === pid).map(({ args }) => Number(args));
    t.same(own, [...Array(COUNT).keys()], 'each writer’s events, all of them, in order');
  }
  const turns = events.filter(({ who }, n) => n > 0 && who !== events[n - 1]?.who).length;
  t.ok(turns > 10, `they did write at the same time: ${turns} turns (negative control)`);
});

t.test('a transcript that cannot be written is said once, and stops nothing', async (t) => {
  const losses: string[] = [];
  const full = openSync('/dev/full', 'a');
  const transcript = new Transcript(toFile(full, ({ message }) => losses.push(message)));
  for (let n = 0; n < 3; n++)
    transcript.begin({ channel: 'syscall', call: 'x', args: '', purpose: 'a test' })({ result: 0 });
  closeSync(full);
  t.match(losses, [/ENOSPC/]);
  t.equal(losses.length, 1);
});

t.test('evidence is asked for after the clock has stopped, and only when somebody listens', async (t) => {
  const events: Event[] = [];
  const transcript = new Transcript();
  let asked = 0;
  let [started, ended] = [0, 0];
  const slow = () => {
    asked++;
    started = Number(process.hrtime.bigint());
    const end = performance.now() + 20;
    while (performance.now() < end);
    ended = Number(process.hrtime.bigint());
    return ['so it is'];
  };
  const done = () =>
    transcript.begin({ channel: 'syscall', call: 'x', args: '', purpose: 'a test' })({ result: 0 }, slow);
  done();
  t.equal(asked, 0, 'nobody keeps it');
  transcript.attach((event) => events.push(event));
  done();
  t.match(events, [{ evidence: ['so it is'] }]);
  const { t: at = 0, us = Number.POSITIVE_INFINITY } = events[0] ?? {};
  t.ok(at + 1000 * (us - 1) <= started, "its time is not the call's");
  t.ok(transcript.spent >= ended - started, 'but it is counted');
  transcript.begin({ channel: 'syscall', call: 'x', args: '', purpose: 'a test' })({ result: 0 }, () => {
    throw new Error('gone by now');
  });
  t.notOk('evidence' in (events[1] ?? {}), 'what cannot be asked any more spoils nothing');
});

t.test('step by step: nothing is lost, and a step is written when the next one begins', async (t) => {
  const path = join(t.testdir(), 'transcript');
  const { sink, flush } = toFileByStep(openSync(path, 'a'), (error) => t.fail(error.message));
  const event = {
    t: 1,
    channel: 'syscall',
    who: 1,
    purpose: 'a test',
    call: 'x',
    args: '',
    result: 0,
    us: 1,
  } as const;
  const calls = () =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as Event).call);
  for (const [call, step] of [
    ['a', 'claim'],
    ['b', 'claim'],
    ['c', 'lease'],
  ] as const)
    sink({ ...event, call, step });
  t.same(calls(), ['a', 'b'], 'the step that is over');
  flush();
  flush();
  t.same(calls(), ['a', 'b', 'c'], 'and the rest, once');
});
