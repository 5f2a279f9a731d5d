import { readFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';
import t from 'tap';
import { allLabs } from '../../src/lab/lab-list.ts';
import { learnerSheet, teacherSheet } from '../../src/lab/lab-sheet.ts';
import { wordsOf } from '../../src/lab/text/language.ts';
import { sheetHtml } from '../../src/render/lab-sheet/sheet.ts';
import { onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

if (requires(t, 'root', 'busybox'))
  t.test('lab export: a sheet for a learner, and one with the answers as measured', (t) =>
    onFreshHost(t, async ({ must, nslab, sh }) => {
      for (const [lang, answered] of [
        ['en', 'no'],
        ['zh-CN', '否'],
      ] as const) {
        const printed = await must(['lab', 'export', 'wire', '--out', '/tmp/out', '--lang', lang]);
        t.equal(printed, '/tmp/out/03-wire.html\n/tmp/out/03-wire.teacher.html\n');
        const [learner, teacher] = await Promise.all(
          ['03-wire', '03-wire.teacher'].map(
            async (file) => new JSDOM(await sh(`cat /tmp/out/${file}.html`)).window.document,
          ),
        );
        t.equal(learner?.documentElement.lang, lang);
        t.equal(learner?.querySelectorAll('section').length, 3, 'a section for each step');
        t.equal(learner?.querySelectorAll('.box').length, 3, 'a box to write in for each');
        t.equal(learner?.querySelectorAll('.choices li').length, 4, 'two questions with two choices');
        t.equal(learner?.querySelectorAll('.right, table, .why').length, 0, 'and no answer (control)');
        t.equal(teacher?.querySelector('.right')?.textContent?.replace('✓', ''), answered);
        t.ok(Number(teacher?.querySelectorAll('table').length) >= 6, 'evidence as measured');
        t.match(
          teacher?.body.textContent,
          /ip route add default via (203\.0\.113|198\.51\.100|192\.0\.2)\./,
          'with the values of this run',
        );
        t.equal(teacher?.querySelectorAll('.why').length, 3);
        t.equal(teacher?.querySelectorAll('script, link, img').length, 0, 'nothing from elsewhere');
      }
      await sh('rm -r /tmp/out');
      t.match(await nslab(['lab', 'export', 'wire']), { status: 2, stderr: /needs a directory.*\nhint: / });
      await sh('touch /tmp/file');
      t.match(await nslab(['lab', 'export', 'wire', '--out', '/tmp/file']), {
        status: 1,
        stderr: /\/tmp\/file/,
      });
      await sh('rm /tmp/file');
    }),
  );

t.test('a lab that cannot run here is exported with the reason; what is written is escaped', async (t) => {
  const words = await wordsOf('en');
  const lab = (await allLabs('en')).find(({ name }) => name === 'wire');
  if (!lab) throw new Error('no lab');
  const evil = { ...lab, title: '<script>alert(1)</script>' };
  const options = { number: '03', language: 'en', words } as const;
  for (const html of [
    sheetHtml(learnerSheet(evil, options)),
    sheetHtml(teacherSheet(evil, options, 'Not measured here: <b>', undefined)),
  ]) {
    const { document } = new JSDOM(html).window;
    t.equal(document.querySelectorAll('script, b').length, 0);
    t.match(document.querySelector('h1')?.textContent, '<script>alert(1)</script>', '(control)');
    t.equal(document.querySelectorAll('.right').length, 0, 'no answer is invented');
  }
  t.match(
    readFileSync(new URL('../../src/render/lab-sheet/style.ts', import.meta.url), 'utf8'),
    '@page { size: A4',
  );
});
