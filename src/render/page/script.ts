/** All that the page does by itself. Without it everything can be read as well, one call after the other. */
export const SCRIPT = `
const tools = document.querySelector('.tools');
tools.hidden = false;
tools.addEventListener('click', ({ target }) => {
  const { unfold } = target.dataset;
  if (unfold === undefined) return;
  for (const each of document.querySelectorAll('.events details')) each.open = unfold === 'true';
});
`;
