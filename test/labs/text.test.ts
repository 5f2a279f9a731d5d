import t from 'tap';
import { faultsOf } from '../../src/lab/drill.ts';
import type { LabScript } from '../../src/lab/lab.ts';
import { allDrills, labFiles, STACK, scriptOf, textOf } from '../../src/lab/lab-list.ts';
import { fill } from '../../src/lab/text/fill.ts';
import type { LabText } from '../../src/lab/text/lab-text.ts';
import { chooseLanguage, LANGUAGES, wordsOf } from '../../src/lab/text/language.ts';
import { type Gap, gapsIn, sentencesOf } from './gaps.ts';

const FILES = [...labFiles(), STACK];

t.test('every sentence of every lab is there in every language, and no other', async (t) => {
  for (const language of LANGUAGES)
    for (const file of FILES)
      t.same(
        gapsIn(await scriptOf(file), await textOf(file, language), await wordsOf(language)),
        [],
        `${file} ${language}`,
      );
});

t.test('what is missing is found (control)', async (t) => {
  const [script, text, words] = [
    await scriptOf('03-wire'),
    await textOf('03-wire', 'zh-CN'),
    await wordsOf('zh-CN'),
  ];
  const steps = { ...text.steps, cable: { ...text.steps.cable, why: '' } } as LabText['steps'];
  const { 'lo-down': _, ...breaks } = text.breaks;
  const lacking = (without: LabText, of: LabScript = script): Gap[] => gapsIn(of, without, words);
  t.same(lacking({ ...text, steps }), ['cable: why']);
  t.same(lacking({ ...text, breaks }), ['lo-down: what', 'lo-down: hint']);
  t.same(lacking({ ...text, breaks: { ...text.breaks, other: { what: 'x' } } }), [
    'other: nobody asks for it',
  ]);
  t.same(gapsIn(script, text, { ...words, tables: {} })[0], 'table new-network');
});

t.test('both languages put the same values into a sentence', async (t) => {
  for (const file of FILES) {
    const [english, chinese] = await Promise.all(LANGUAGES.map((each) => textOf(file, each)));
    t.same(placesIn(chinese), placesIn(english), file);
  }
  const [english, chinese] = await Promise.all(LANGUAGES.map(wordsOf));
  t.same(placesIn(chinese), placesIn(english), 'the words of all labs');
  t.not(placesIn({ a: '{x}' }).join(), placesIn({ a: '{y}' }).join(), '(control)');
});

t.test('Chinese text is Chinese', async (t) => {
  for (const file of FILES)
    for (const [id, sentence] of sentencesOf(await textOf(file, 'zh-CN')))
      if (!id.endsWith('drawing')) t.match(sentence, /\p{Script=Han}/u, `${file}: ${id}`);
});

t.test('each step says why in one or two sentences, and says more than what', async (t) => {
  for (const language of LANGUAGES)
    for (const { name, steps } of await allDrills(language))
      for (const { id, why, goal } of steps) {
        t.not(why, goal, `${name}/${id}`);
        t.ok(why.length > (language === 'en' ? 80 : 40), `${name}/${id}: ${why.length}`);
      }
});

t.test('what a drill shows does not name the fault or its cure', async (t) => {
  for (const lab of await allDrills('en'))
    for (const { what } of faultsOf(lab))
      for (const { checks } of lab.steps)
        for (const { symptom } of checks) t.notOk(symptom.includes(what), `${lab.name}: ${symptom}`);
});

t.test('the language', async (t) => {
  t.equal(chooseLanguage(undefined, { LANG: 'zh_CN.UTF-8' }), 'zh-CN');
  t.equal(chooseLanguage(undefined, { LANG: 'zh_CN.UTF-8', LC_ALL: 'C' }), 'en', 'LC_ALL comes first');
  t.equal(chooseLanguage(undefined, { LANG: 'de_DE.UTF-8' }), 'en');
  t.equal(chooseLanguage(undefined, {}), 'en');
  t.equal(chooseLanguage('zh_cn', { LANG: 'C' }), 'zh-CN');
  t.throws(() => chooseLanguage('xx'), /do not speak it/);
  t.equal(fill('{a} and {b}', { a: 1 }), '1 and {b}', 'what has no value stays');
});

/** The places for values in each sentence. */
function placesIn(text: object | undefined): string[] {
  return sentencesOf(text ?? {})
    .filter(([id]) => !id.endsWith('drawing'))
    .map(([id, sentence]) => `${id} ${[...sentence.matchAll(/\{\w+\}/g)].map(([place]) => place).sort()}`);
}
