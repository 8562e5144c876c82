/** A draft that was begun stays in this browser until it is sent, whatever happens to the page. */
export function enhanceComposer(): void {
  const form = document.querySelector<HTMLFormElement>('[data-composer]');
  const text = form?.querySelector<HTMLTextAreaElement>('textarea') ?? null;
  if (form === null || text === null) return;

  const key = `draft ${location.pathname}`;
  if (text.value === '') text.value = sessionStorage.getItem(key) ?? '';
  text.addEventListener('input', () => {
    sessionStorage.setItem(key, text.value);
  });
  form.addEventListener('submit', () => {
    sessionStorage.removeItem(key);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(defaultButton(form));
  });
}

function defaultButton(form: HTMLFormElement): HTMLButtonElement | undefined {
  const note = form.querySelector('[value="note"]:checked') !== null;
  return form.querySelector<HTMLButtonElement>(note ? '.only-note button' : '[data-send]') ?? undefined;
}
