import { zerosBefore } from './sha256.js';

const TRIES_AT_ONCE = 2_000;

/**
 * The public form asks for a little work in place of a puzzle: a number whose hash with the task begins with so many zeros. It is looked
 * for while the form is filled in, in short turns between which the page stays quick; a form that is sent earlier waits for it.
 */
export function proveWork(): void {
  const field = document.querySelector<HTMLInputElement>('[data-proof]');
  const form = field?.form;
  const task = form?.querySelector<HTMLInputElement>('[name="task"]')?.value ?? '';
  if (!field || !form || task === '') return;

  let search: Promise<void> | undefined;
  const begin = async (): Promise<void> =>
    (search ??= look(task, Number(field.dataset['proof'])).then((answer) => {
      field.value = answer;
    }));
  form.addEventListener('focusin', () => void begin());
  form.addEventListener('submit', (event) => {
    if (field.value !== '') return;
    event.preventDefault();
    const button = event.submitter as HTMLButtonElement | null;
    button?.setAttribute('aria-busy', 'true');
    void begin().then(() => {
      // Browsers ignore a form that is sent while they still ask whether it may be.
      setTimeout(() => {
        form.requestSubmit(button);
      });
    });
  });
}

async function look(task: string, bits: number): Promise<string> {
  for (let first = 0; ; first += TRIES_AT_ONCE) {
    for (let number = first; number < first + TRIES_AT_ONCE; number++) {
      if (zerosBefore(`${task} ${number}`) >= bits) return String(number);
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
}
