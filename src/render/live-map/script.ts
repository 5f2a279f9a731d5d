/** Takes pictures from the server, and marks what is new in each. EventSource connects again by itself. */
export const SCRIPT = `
const map = document.getElementById('map');
const status = document.getElementById('status');
const source = new EventSource('events' + location.search);

// A network namespace by its inode, a link by the names of its ends.
const cardsOf = (svg) => new Map(Array.from(svg.querySelectorAll('.card'), (card) => [card.querySelector('.inode').textContent, card]));
const linksOf = (svg) => new Map(Array.from(svg.querySelectorAll('.link'), (link) => [link.textContent, link]));
const textsOf = (card) => Array.from(card.querySelectorAll('text'));
const nameOf = (card) => card.querySelector('.title').textContent;
const without = (some, others) => Array.from(some.keys()).filter((key) => !others.has(key));
const tell = (words, isGone) => {
  status.textContent = words;
  document.body.classList.toggle('gone', isGone);
};
const listed = (words) => words.slice(0, MANY).join(', ') + (words.length > MANY ? ' and ' + (words.length - MANY) + ' more' : '');

source.addEventListener('picture', ({ data }) => {
  const next = document.adoptNode(new DOMParser().parseFromString(data, 'image/svg+xml').documentElement);
  const last = map.firstElementChild;
  const [before, now] = [cardsOf(last), cardsOf(next)];
  const [linksBefore, linksNow] = [linksOf(last), linksOf(next)];
  const [come, gone] = [without(now, before), without(before, now)];
  for (const inode of come) now.get(inode).classList.add('new');
  for (const names of without(linksNow, linksBefore)) linksNow.get(names).classList.add('new');
  for (const [inode, card] of now) {
    if (!before.has(inode)) continue;
    const known = new Set(textsOf(before.get(inode)).map((text) => text.textContent));
    for (const text of textsOf(card)) if (!known.has(text.textContent)) text.classList.add('new');
  }
  const { width, height } = next.viewBox.baseVal;
  next.style.minWidth = width * LEAST + 'px';
  next.style.minHeight = height * LEAST + 'px';
  map.replaceChildren(next);
  const changes = [...come.map((inode) => '+ ' + nameOf(now.get(inode))), ...gone.map((inode) => '\\u2212 ' + nameOf(before.get(inode)))];
  tell('As of ' + new Date().toLocaleTimeString() + (changes.length > 0 ? ': ' + listed(changes) : ''), false);
});
source.addEventListener('error', () => {
  if (source.readyState === EventSource.CLOSED) tell('Another nslab map answers here: open the address that it has printed.', true);
  else if (!document.body.classList.contains('gone'))
    tell('No answer from nslab map since ' + new Date().toLocaleTimeString() + ': the picture does not change any more.', true);
});
document.getElementById('wide').addEventListener('click', ({ currentTarget }) => {
  currentTarget.setAttribute('aria-pressed', document.body.classList.toggle('wide'));
});
const MANY = 6;
// Below this part of its size its texts are not legible: it scrolls.
const LEAST = 0.6;
`;
