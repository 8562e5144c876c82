/** Single keys, for those who live in the queue. They can be switched off, and are listed under `?`. */

const SWITCH = 'punctual keys off';
const GO_TO: Record<string, string> = { i: 'mine', u: 'unassigned', b: 'breaching' };
const PATIENCE_MS = 1_200;

let waitingForPlace = 0;

export function enableKeys(): void {
  const box = document.querySelector<HTMLInputElement>('[data-keys-switch]');
  if (box === null) return;

  box.checked = localStorage.getItem(SWITCH) === null;
  box.addEventListener('change', () => {
    if (box.checked) localStorage.removeItem(SWITCH);
    else localStorage.setItem(SWITCH, 'yes');
  });
  document.addEventListener('keydown', (event) => {
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (press(event.key)) event.preventDefault();
  });
}

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

function moveInList(key: string): boolean {
  const links = [...document.querySelectorAll<HTMLAnchorElement>('[data-queue] [data-open-link]')].filter((link) =>
    link.checkVisibility(),
  );
  if (links.length === 0) return false;

  const current = links.findIndex(
    (link) => link === document.activeElement || link.closest('tr')?.contains(document.activeElement) === true,
  );
  const open = links.findIndex((link) => link.closest('tr')?.ariaCurrent === 'true');
  const place = current >= 0 ? current : open;
  if (key === 'j' || key === 'k') {
    const next = links[Math.min(links.length - 1, Math.max(0, place + (key === 'j' ? 1 : -1)))];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
    return true;
  }
  if (current < 0) return false;
  if (key === 'o') {
    links[current]?.click();
    return true;
  }
  if (key === 'x') {
    links[current]?.closest('tr')?.querySelector<HTMLInputElement>('[data-select]')?.click();
    links[current]?.focus();
    return true;
  }
  return false;
}

/** What is on the page says by `data-key` which key it answers to. */
function pressControl(key: string): boolean {
  const control = [...document.querySelectorAll<HTMLElement>('[data-key]')].find((one) => one.dataset['key'] === key);
  if (control === undefined) return false;

  if (control instanceof HTMLInputElement) {
    choose(control);
  } else {
    control.click();
    const menu = control.closest('summary')?.parentElement;
    (
      menu?.querySelector<HTMLElement>(':checked') ??
      menu?.querySelector<HTMLElement>('button.menu-item, input:not([type="hidden"])')
    )?.focus();
  }
  return true;
}

function choose(input: HTMLInputElement): void {
  if (input.type === 'radio') {
    input.click();
    input.form?.querySelector('textarea')?.focus();
  } else {
    input.focus();
    input.select();
  }
}
