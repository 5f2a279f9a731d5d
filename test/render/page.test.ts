import axe from 'axe-core';
import { JSDOM, VirtualConsole } from 'jsdom';
import t from 'tap';
import { type Page, pageHtml } from '../../src/render/page/page.ts';
import { STYLE } from '../../src/render/page/style.ts';

const EVIL = `<script>alert(1)</script> "quoted" & 'so' <%= 1 %>`;

const PAGE: Page = {
  title: `Pod ${EVIL}`,
  about: EVIL,
  facts: [{ name: 'state', value: EVIL }],
  picture: '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="wiring"><text>web</text></svg>',
  matrix: {
    kinds: ['net', 'ipc'],
    rows: [
      {
        name: 'this host',
        pid: '1',
        cells: [
          { text: '1', same: 'none' },
          { text: '2', same: 'none' },
        ],
      },
      {
        name: EVIL,
        pid: '7',
        cells: [
          { text: '3', same: 'own' },
          { text: '= host', same: 'host' },
        ],
      },
    ],
  },
  steps: [
    {
      name: `WORKLOAD ${EVIL}`,
      about: 'a program',
      events: [
        {
          at: 0,
          took: 2.5,
          call: EVIL,
          result: '0',
          time: '2500 µs',
          failed: false,
          lines: [{ shell: EVIL, purpose: EVIL }],
          evidence: [EVIL],
        },
        {
          at: 2.5,
          took: 7.5,
          call: 'x()',
          result: '-1 EPERM',
          time: '7500 µs',
          failed: true,
          lines: [],
          evidence: [],
        },
      ],
    },
  ],
  script: EVIL,
};

t.test('the page is whole, in itself, and says what it was given', async (t) => {
  const { document, errors } = opened(pageHtml(PAGE));
  t.strictSame(errors, [], 'no script of it has failed');
  t.equal(document.querySelectorAll('script').length, 1, 'what it shows is no program of it');
  for (const selector of [
    'h1',
    'header p',
    'dd',
    'th[scope=row]:is(tr:nth-child(2) *)',
    'h3',
    'summary code',
    'pre code',
    '.evidence code',
    '#script ~ details code',
  ])
    t.match(document.querySelector(selector)?.textContent, EVIL, `${selector} is text as it was`);
  const outside = [...document.querySelectorAll('[src], [href]')].map(
    (each) => each.getAttribute('src') ?? each.getAttribute('href') ?? '',
  );
  t.strictSame(
    outside.filter((where) => !where.startsWith('#')),
    [],
    'nothing is fetched from elsewhere',
  );
  t.notMatch(STYLE, /@import|url\(/);
  for (const href of outside) t.ok(document.querySelector(href), `${href} leads somewhere`);
  const bars = [...document.querySelectorAll('.lane i')].map((bar) => bar.getAttribute('style'));
  t.strictSame(
    bars,
    ['left:0.000%;width:25.000%', 'left:25.000%;width:75.000%'],
    'each call as long as it took',
  );
});

t.test('its buttons', async (t) => {
  const { document } = opened(pageHtml(PAGE));
  const [unfold, fold] = document.querySelectorAll('button');
  const open = () =>
    [...document.querySelectorAll<HTMLDetailsElement>('.events details')].map((each) => each.open);
  t.strictSame(open(), [false, false]);
  unfold?.click();
  t.strictSame(open(), [true, true]);
  fold?.click();
  t.strictSame(open(), [false, false]);
});

t.test('for readers who do not see it', async (t) => {
  t.strictSame(await faults(pageHtml(PAGE)), []);
  const spoilt = pageHtml(PAGE)
    .replace('<html lang="en">', '<html>')
    .replace('<th scope="col">PID</th>', '<th scope="col"></th>');
  t.match(await faults(spoilt), ['empty-table-header', 'html-has-lang'], 'faults are found (control)');
});

t.test('its colours have enough contrast', async (t) => {
  const themes = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, body = '']) =>
    Object.fromEntries([...body.matchAll(/--(\w+): (#\w{6})/g)].map(([, name, value]) => [name, value])),
  );
  t.equal(themes.length, 2, 'light and dark');
  for (const theme of themes)
    for (const ink of ['ink', 'faint', 'mark', 'own', 'holder', 'bad'])
      for (const ground of ['ground', 'panel'])
        t.ok(
          contrast(theme[ink] ?? '', theme[ground] ?? '') >= 4.5,
          `${ink} ${theme[ink]} on ${ground} ${theme[ground]}`,
        );
  t.ok(contrast('#888888', '#ffffff') < 4.5, 'a grey that many pages have has not (control)');
});

function opened(html: string) {
  const errors: string[] = [];
  const virtualConsole = new VirtualConsole();
  virtualConsole.on('jsdomError', (error) => errors.push(error.message));
  const { window } = new JSDOM(html, { runScripts: 'dangerously', virtualConsole });
  return { window, document: window.document, errors };
}

/** What axe-core finds, but for what needs a layout: jsdom has none. */
async function faults(html: string): Promise<string[]> {
  const { window } = new JSDOM(html, { runScripts: 'dangerously' });
  window.eval(axe.source);
  const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(
    window.document.documentElement as never,
    {
      rules: { 'color-contrast': { enabled: false } },
    },
  );
  return violations.map(({ id }) => id);
}

/** WCAG 2.2: contrast ratio, relative luminance. */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
