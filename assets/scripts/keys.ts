import { moveInList, rowsInHand, selectRow } from './list-keys.js';

/** Single keys, for those who live in the queue. Each person can switch them off; they are listed under `?`. */
const GO_TO: Record<string, string> = { i: 'mine', u: 'unassigned', b: 'breaching' };
const PATIENCE_MS = 1_200;

let waitingForPlace = 0;

export function enableKeys(): void {
  const box = document.querySelector<HTMLInputElement>('[data-keys-switch]');
  if (box === null) return;

  box.addEventListener('change', () => void remember(box));
  document.addEventListener('keydown', (event) => {
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (press(event.key)) event.preventDefault();
  });
}

/** For this person, on whatever machine. */
async function remember(box: HTMLInputElement): Promise<void> {
  const form = box.form;
  if (form !== null) await fetch(form.action, { method: 'POST', body: new URLSearchParams(fieldsOf(form)) });
}

const fieldsOf = (form: HTMLFormElement): [string, string][] =>
  [...new FormData(form)].map(([name, value]) => [name, typeof value === 'string' ? value : '']);

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('textarea, select, input:not([type="checkbox"], [type="radio"])');
}

/** Answers whether the key meant something. */
function press(key: string): boolean {
  if (Date.now() - waitingForPlace < PATIENCE_MS) return goTo(key);
  if (key === 'g') {
    waitingForPlace = Date.now();
    return true;
  }
  if (key === '?') {
    document.getElementById('keys')?.togglePopover();
    return true;
  }
  return moveInList(key) || pressControl(key);
}

function goTo(key: string): boolean {
  waitingForPlace = 0;
  const view = GO_TO[key];
  if (view === undefined) return false;

  location.assign(`/tickets?view=${view}`);
  return true;
}

/**
 * What is on the page says by `data-key` which key it answers to. Whoever has selected rows of the list, or stands on one, means those;
 * else it is the open ticket.
 */
function pressControl(key: string): boolean {
  const controls = [...document.querySelectorAll<HTMLElement>('[data-key]')].filter(
    (one) => one.dataset['key'] === key,
  );
  const forRows = controls.find((one) => one.closest('[data-bulk]') !== null);
  const control = rowsInHand() && forRows !== undefined ? forRows : controls.find((one) => one !== forRows);
  if (control === undefined) return false;

  if (control === forRows) selectRow();
  if (control instanceof HTMLInputElement) choose(control);
  else open(control);
  return true;
}

function open(control: HTMLElement): void {
  control.click();
  const menu = control.closest('summary')?.parentElement;
  (
    menu?.querySelector<HTMLElement>(':checked') ??
    menu?.querySelector<HTMLElement>('button.menu-item, input:not([type="hidden"])')
  )?.focus();
}

function choose(input: HTMLInputElement): void {
  if (input.type === 'radio') {
    input.click();
    input.form?.querySelector<HTMLElement>('textarea')?.focus();
  } else {
    input.focus();
    input.select();
  }
}
