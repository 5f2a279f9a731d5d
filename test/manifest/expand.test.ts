import t from 'tap';
import { expand } from '../../src/manifest/expand.ts';

t.test('references as in Kubernetes', async (t) => {
  const lookup = (name: string) => ({ A: 'a', EMPTY: '' })[name];
  for (const [text, wanted] of Object.entries({
    '': '',
    '$(A)': 'a',
    'x$(A)y$(A)': 'xaya',
    '$$(A)': '$(A)',
    '$$$(A)': '$a',
    '$(EMPTY)': '',
    '$(B)': '$(B)',
    '$(A': '$(A',
    '$($(A)': '$($(A)',
    $: '$',
    a$b$: 'a$b$',
    '$)': '$)',
  }))
    t.equal(expand(text, lookup), wanted, text);
});

t.test('a long text without an end takes one pass', async (t) => {
  const asked: string[] = [];
  const lookup = (name: string) => {
    asked.push(name);
    return undefined;
  };
  const text = '$('.repeat(200_000);
  t.equal(expand(text, lookup), text);
  t.strictSame(asked, []);
  t.equal(expand(`${text})`, lookup), `${text})`);
  t.equal(asked.length, 1);
});
