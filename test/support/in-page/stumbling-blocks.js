// What a reader without eyes, or with a narrow screen, would stumble over on the page in which this runs.
(() => {
  const found = [];
  const shown = (element) => element.checkVisibility() && element.closest('[aria-hidden="true"]') === null;
  const say = (element) => element.outerHTML.replace(/\s+/g, ' ').slice(0, 120);
  const nameOf = (element) =>
    [element.getAttribute('aria-label') ?? '', element.getAttribute('title') ?? '', element.textContent]
      .join('')
      .trim();

  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`The page is ${scrollWidth} px wide in a window of ${clientWidth} px.`);
  const titles = [...document.querySelectorAll('h1')].filter(shown).length;
  if (titles !== 1) found.push(`It has ${titles} titles (h1).`);
  if (document.documentElement.lang === '') found.push('It does not say its language.');
  if (document.title.trim() === '') found.push('Its window has no title.');
  if (document.querySelectorAll('main').length !== 1) found.push('It has no main part, or several.');

  for (const field of document.querySelectorAll('input:not([type="hidden"]), select, textarea')) {
    const labels = [...(field.labels ?? [])].map((label) => label.textContent.trim()).join('');
    if (labels === '' && (field.getAttribute('aria-label') ?? '') === '') found.push(`No label: ${say(field)}`);
  }
  for (const control of document.querySelectorAll('button, a[href], summary')) {
    if (nameOf(control) === '') found.push(`No name: ${say(control)}`);
  }
  for (const picture of document.querySelectorAll('img:not([alt])'))
    found.push(`No words for a picture: ${say(picture)}`);
  for (const frame of document.querySelectorAll('iframe:not([title])')) found.push(`No title: ${say(frame)}`);
  for (const table of document.querySelectorAll('table:not([role])')) {
    if (table.querySelector('thead th:not([scope])') !== null) found.push(`A head without scope: ${say(table)}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  for (const id of new Set(ids.filter((one, place) => ids.indexOf(one) !== place)))
    found.push(`Two elements have the id ${id}.`);
  for (const element of document.querySelectorAll('[aria-describedby], [aria-labelledby]')) {
    const named = `${element.getAttribute('aria-describedby') ?? ''} ${element.getAttribute('aria-labelledby') ?? ''}`;
    for (const id of named.split(' ').filter((one) => one !== '' && !ids.includes(one)))
      found.push(`It names ${id}, which is not there: ${say(element)}`);
  }
  return found;
})();
