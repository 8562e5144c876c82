import { tell } from './controls.js';

const SAVE_EVERY_MS = 5_000;

/** What was begun is kept on the server until it is sent, whatever happens to the page; and it can be sent without a mouse. */
export function enhanceComposer(): void {
  const form = document.querySelector<HTMLFormElement>('[data-composer]');
  if (form === null) return;

  keepDraft(form);
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(defaultButton(form));
  });
}

/** Written down every few seconds while somebody writes, and once more when the page is left. */
function keepDraft(form: HTMLFormElement): void {
  let kept = wordsOf(form);
  let leaving = false;
  let failed = false;
  const save = async (): Promise<void> => {
    const words = wordsOf(form);
    if (leaving || words === kept) return;

    const before = kept;
    kept = words;
    try {
      const answer = await fetch(form.dataset['composer'] ?? '', {
        method: 'POST',
        body: fieldsOf(form),
        keepalive: words.length < 50_000,
      });
      if (!answer.ok) throw new Error(`The draft was answered with ${answer.status}.`);
      failed = false;
      say(form, form.querySelector('textarea')?.value === '' ? '' : 'Draft saved');
    } catch {
      kept = before;
      if (!failed) tell('The draft cannot be saved right now. It stays on this page, and is tried again.');
      failed = true;
    }
  };
  setInterval(() => void save(), SAVE_EVERY_MS);
  addEventListener('pagehide', () => void save());
  form.addEventListener('submit', () => {
    leaving = true;
  });
}

function wordsOf(form: HTMLFormElement): string {
  return fieldsOf(form).toString();
}

function fieldsOf(form: HTMLFormElement): URLSearchParams {
  const given = new FormData(form);
  const fields = new URLSearchParams();
  for (const name of ['_csrf', 'kind', 'body']) {
    const value = given.get(name);
    if (typeof value === 'string') fields.set(name, value);
  }
  return fields;
}

function say(form: HTMLFormElement, words: string): void {
  const place = form.querySelector('[data-draft-state]');
  if (place !== null && place.textContent !== words) place.textContent = words;
}

function defaultButton(form: HTMLFormElement): HTMLButtonElement | undefined {
  const note = form.querySelector('[value="note"]:checked') !== null;
  return form.querySelector<HTMLButtonElement>(note ? '.only-note button' : '[data-send]') ?? undefined;
}
