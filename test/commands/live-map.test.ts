import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { JSDOM } from 'jsdom';
import t, { type Test } from 'tap';
import { readServeAddress } from '../../src/commands/live-map/address.ts';
import { openRedraws } from '../../src/commands/live-map/redraws.ts';
import { type MapServer, openMapServer } from '../../src/commands/live-map/server.ts';
import { fitted, openTerminal } from '../../src/commands/live-map/terminal.ts';
import { livePage, POLICY } from '../../src/render/live-map/page.ts';
import { SCRIPT } from '../../src/render/live-map/script.ts';
import { palette } from '../../src/render/palette.ts';
import { wiringSvg } from '../../src/render/wiring/svg.ts';
import { wiringTree } from '../../src/render/wiring/tree.ts';
import type { Wiring } from '../../src/spec/wiring.ts';
import { eventually, until } from '../eventually.ts';
import { picture } from '../render/picture.ts';

t.test('only a loopback address', async (t) => {
  t.same(readServeAddress('127.0.0.1:8080'), { host: '127.0.0.1', port: 8080 });
  t.same(readServeAddress('localhost:0'), { host: '127.0.0.1', port: 0 });
  t.same(readServeAddress('127.9.9.9:1'), { host: '127.9.9.9', port: 1 });
  t.same(readServeAddress('[::1]:65535'), { host: '::1', port: 65535 });
  for (const text of [
    '0.0.0.0:1',
    '[::]:1',
    '10.0.0.1:80',
    '128.0.0.1:1',
    '[::ffff:10.0.0.1]:1',
    '[fe80::1]:1',
  ])
    t.throws(
      () => readServeAddress(text),
      { name: 'InputError', message: /is not a loopback address/ },
      text,
    );
  for (const text of [
    '',
    '8080',
    ':8080',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:08',
    '127.0.0.1:65536',
    '::1:80',
    '[127.0.0.1]:1',
    'a:1',
  ])
    t.throws(() => readServeAddress(text), { name: 'InputError', message: /is not ADDRESS:PORT/ }, text);
});

t.test('who is answered', async (t) => {
  const server = await serve(t);
  const { search, port } = new URL(server.url);
  server.show('<svg/>');
  const ask = (path: string, options: { method?: string; headers?: Record<string, string> } = {}) =>
    answerOf(Number(port), path, options);
  const home = `/${search}`;
  t.match(
    await ask(home),
    { statusCode: 200, body: /^<!doctype html>.*<svg\/>/s },
    'with the token (control)',
  );
  for (const host of ['localhost', `LOCALHOST:${port}`, '127.0.0.1:1', '[::1]:9'])
    t.equal((await ask(home, { headers: { host } })).statusCode, 200, `${host}: also through another port`);
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example:80',
    '10.0.0.1',
    'x@127.0.0.1',
  ])
    t.match(await ask(home, { headers: { host } }), { statusCode: 403, body: /loopback/ }, `Host: ${host}`);
  for (const path of [
    '/',
    '/events',
    '/?token=',
    '/?token',
    `${home}x`,
    home.slice(0, -1),
    `/?x${search.slice(1)}`,
    '//',
    '*',
  ])
    t.match(await ask(path), { statusCode: 403, body: /token/ }, path);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])
    t.match(await ask(home, { method }), { statusCode: 405, headers: { allow: 'GET, HEAD' } }, method);
  for (const path of [home, `/events${search}`])
    t.match(await ask(path, { method: 'HEAD' }), { statusCode: 200, body: '' }, `HEAD ${path}`);
  t.match(await ask(`/other${search}`), { statusCode: 404 });
  for (const path of [home, '/'])
    t.match((await ask(path)).headers, {
      'content-security-policy':
        /^default-src 'none'; script-src 'sha256-[^' ]+'; style-src (?:'sha256-[^' ]+' ?){2};/,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'access-control-allow-origin': undefined,
    });
  const other = await serve(t);
  t.not(new URL(other.url).search, search, 'each has a token of its own');
  t.ok(search.length >= '?token='.length + 32);
  await t.rejects(openMapServer({ host: '127.0.0.1', port: Number(port) }), {
    name: 'OperationError',
    message: /^cannot listen on 127\.0\.0\.1 port \d+: EADDRINUSE/,
  });
});

t.test(
  'a reader gets what is shown, then each that follows; one that does not read gets the newest at last',
  async (t) => {
    const server = await serve(t);
    server.show('<svg>\n<!-- 1 -->\n</svg>\n');
    const quick = await follow(server);
    t.ok(
      await eventually(() =>
        quick.text().endsWith('event: picture\ndata: <svg>\ndata: <!-- 1 -->\ndata: </svg>\n\n'),
      ),
    );
    const slow = connect(Number(new URL(server.url).port), '127.0.0.1');
    t.teardown(() => slow.destroy());
    await once(slow, 'connect');
    slow.pause();
    slow.write(`GET /events${new URL(server.url).search} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    // More than all buffers between two sockets.
    const [size, rounds] = [800_000, 40];
    for (let round = 1; round <= rounds; round++) {
      server.show(`${'x'.repeat(size)} round ${round}.`);
      await until(() => quick.text().includes(` round ${round}.`));
      quick.forget();
    }
    let tail = '';
    let seen = 0;
    slow.on('data', (piece) => {
      const text = tail + String(piece);
      seen += text.split(' round ').length - tail.split(' round ').length;
      tail = text.slice(-100);
    });
    slow.resume();
    t.ok(
      await eventually(() => tail.includes(` round ${rounds}.`)),
      'and the other has the newest in the end',
    );
    t.ok(seen < rounds, `${seen} of the ${rounds} that the other one had: what is skipped waits nowhere`);
    const ended = [once(slow, 'close'), once(quick.response, 'close')];
    await server.close();
    await Promise.all(ended);
    t.pass('closing ends every connection');
  },
);

t.test('bursts are one redraw, one at a time; what fails is told', async (t) => {
  let [begun, running, most] = [0, 0, 0];
  let go = () => {};
  const errors: unknown[] = [];
  const redraws = openRedraws(
    async () => {
      begun += 1;
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => (go = resolve));
      running -= 1;
      if (begun === 2) throw new Error('second');
    },
    (error) => errors.push(error),
  );
  for (let n = 0; n < 100; n++) redraws.soon();
  await until(() => begun === 1);
  for (let n = 0; n < 100; n++) redraws.soon();
  await sleep(250);
  t.equal(begun, 1, 'none begins while one runs (control: it would have been due)');
  go();
  await until(() => begun === 2);
  go();
  await until(() => errors.length === 1);
  t.match(errors, [{ message: 'second' }]);
  t.ok(await eventually(() => begun === 3), 'and one comes without being asked for');
  const closed = redraws.close();
  redraws.soon();
  go();
  await closed;
  await sleep(250);
  t.same([begun, most], [3, 1], 'none after close');
});

t.test('the page marks what is new, and says what came and went', async (t) => {
  const [first, second] = [picture(2), picture(3)];
  const page = new JSDOM(livePage(wiringSvg(first)), {
    runScripts: 'outside-only',
    url: 'http://localhost/?token=x',
  });
  const { window } = page;
  const listeners = new Map<string, (event: unknown) => void>();
  class FakeSource {
    static readonly CLOSED = 2;
    readyState = 0;
    readonly path: string;
    constructor(path: string) {
      this.path = path;
      sources.push(this);
    }
    addEventListener(name: string, listener: (event: unknown) => void) {
      listeners.set(name, listener);
    }
  }
  const sources: FakeSource[] = [];
  window.eval(
    'SVGSVGElement.prototype.__defineGetter__("viewBox", () => ({ baseVal: { width: 100, height: 50 } }))',
  );
  Object.assign(window, { EventSource: FakeSource });
  window.eval(SCRIPT);
  const [source] = sources as [FakeSource];
  t.equal(source.path, 'events?token=x');
  const { document } = window;
  const news = () =>
    Array.from(document.querySelectorAll('.new'), (each) => each.textContent?.trim().split('\n')[0]);
  const status = () => document.getElementById('status')?.textContent ?? '';
  const show = (svg: string) => listeners.get('picture')?.({ data: svg });
  show(wiringSvg(first));
  t.same(news(), [], 'the same picture: nothing is new (control)');
  t.match(status(), /^As of [^+−]*$/);
  show(wiringSvg(second));
  t.match(status(), /: \+ pod web-3$/);
  t.match(news(), ['nsvport3 – eth0', 'nsvport3', /^pod web-3/], 'link, port and pod');
  show(wiringSvg(first));
  t.match(status(), /: − pod web-3$/);
  listeners.get('error')?.({});
  t.match(status(), /^No answer from nslab map since /);
  t.ok(document.body.classList.contains('gone'));
  show(wiringSvg(first));
  t.notOk(document.body.classList.contains('gone'), 'it answers again');
  source.readyState = 2;
  listeners.get('error')?.({});
  t.match(status(), /^Another nslab map/);
  window.close();
});

t.test('nothing in the page is refused by its own policy', async (t) => {
  const { document } = new JSDOM(livePage(wiringSvg(picture(1)))).window;
  const hashOf = async (text: string) =>
    `'sha256-${Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('base64')}'`;
  const parts = [...document.querySelectorAll('style, script')].map((each) => each.textContent ?? '');
  t.equal(parts.length, 3);
  for (const part of parts) t.ok(POLICY.includes(await hashOf(part)), part.slice(0, 40));
  t.notOk(POLICY.includes(await hashOf(`${parts[0]} `)), 'another text would be (control)');
  t.same(document.querySelectorAll('[style], [onclick], [onload], img, iframe, object').length, 0);
  const links = [...document.querySelectorAll('[src], [href]')].map((each) => each.getAttribute('href'));
  t.same(links, ['data:,'], 'nothing comes from elsewhere');
});

t.test('on a terminal what is new is marked, and nothing else', async (t) => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 40 });
  const printed: string[] = [];
  const { show, close } = openTerminal(stream as never, palette({}, 'never'), async (lines) => {
    printed.push(...lines.slice(1));
  });
  const marksOf = async (wiring: Wiring) => {
    printed.length = 0;
    await show(wiringTree(wiring, palette({}, 'never')).trimEnd());
    return printed
      .filter((line) => line.startsWith('+'))
      .map(
        (line) =>
          line
            .slice(2)
            .replace(/^[│├└─ ]+/, '')
            .split(/ {2}/)[0],
      );
  };
  t.same(await marksOf(picture(2)), [], 'the first');
  t.same(await marksOf(picture(2)), [], 'the same again (control)');
  t.same(await marksOf(picture(3)), ['nsvport3', 'pod web-3', 'lo', 'eth0']);
  t.same(await marksOf(picture(2)), [], 'what has gone leaves no mark');
  stream.emit('resize');
  t.equal(
    printed.filter((line) => line.startsWith('  this host')).length,
    2,
    'and anew when the size changes',
  );
  close();
  stream.emit('resize');
  t.equal(printed.filter((line) => line.startsWith('  this host')).length, 2);
});

t.test('a text is cut to the terminal', async (t) => {
  const lines = ['one', 'x'.repeat(25), '\x1b[1mthree\x1b[22m', 'four'];
  t.same(fitted(lines, { columns: 10, rows: 7 }), lines, 'six rows, and the one of the cursor');
  t.same(fitted(lines, { columns: 10, rows: 6 }), [...lines.slice(0, 2), '  … and 2 lines more']);
  const wide = ['网络'.repeat(4), 'one'];
  t.same(fitted(wide, { columns: 10, rows: 4 }), wide, 'a Chinese character is two columns wide');
  t.same(fitted(wide, { columns: 10, rows: 3 }), [wide[0], '  … and 1 line more']);
  t.same(fitted(lines, { columns: 80, rows: 2 }), ['one', '  … and 3 lines more']);
  t.same(fitted(lines, { columns: 0, rows: 0 }), lines, 'of an unknown size');
});

async function serve(t: Test): Promise<MapServer> {
  const server = await openMapServer({ host: '127.0.0.1', port: 0 });
  t.teardown(() => server.close().catch(() => {}));
  return server;
}

async function answerOf(
  port: number,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> },
) {
  const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const pieces = await response.toArray();
  return {
    statusCode: response.statusCode,
    headers: response.headers,
    body: Buffer.concat(pieces).toString(),
  };
}

async function follow({ url }: MapServer) {
  const asked = request(url.replace('/?', '/events?'));
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  response.on('data', (piece) => {
    text += piece;
  });
  response.on('error', () => {});
  return {
    response,
    text: () => text,
    forget: () => {
      text = '';
    },
  };
}
