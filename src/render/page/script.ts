/** The page's only script: it opens and closes all calls. The page is readable without it. */
export const SCRIPT = `
const tools = document.querySelector('.tools');
tools.hidden = false;
tools.addEventListener('click', ({ target }) => {
  const { unfold } = target.dataset;
  if (unfold === undefined) return;
  for (const each of document.querySelectorAll('.events details')) each.open = unfold === 'true';
});
`;
