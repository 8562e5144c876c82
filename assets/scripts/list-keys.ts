/** Moving in the list of tickets, opening, and selecting: one row, or a range from the one that was selected last. */
const NEXT_ROW = 'punctual next row';

let anchor: HTMLTableRowElement | null = null;

export function enableListKeys(): void {
  const form = document.querySelector<HTMLFormElement>('#bulk');
  if (form === null) return;

  form.addEventListener('click', (event) => {
    const box = (event.target as Element).closest<HTMLInputElement>('[data-select]');
    if (box !== null) toggleUpTo(box, event.shiftKey);
  });
  form.addEventListener('keydown', pressTheirButton);
  form.addEventListener('submit', rememberNextRow);
  form.addEventListener('toggle', suggestTarget, { capture: true });
  returnToRow();
}

/** Answers whether the key meant something here. */
export function moveInList(key: string): boolean {
  const rows = shownRows();
  if (rows.length === 0) return false;

  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[current];
  switch (key) {
    case 'j':
    case 'k': {
      const place = current >= 0 ? current : rows.findIndex((one) => one.ariaCurrent === 'true');
      focusRow(rows[Math.min(rows.length - 1, Math.max(0, place + (key === 'j' ? 1 : -1)))]);
      return true;
    }
    case 'o':
      if (row === undefined) return false;
      linkOf(row)?.click();
      return true;
    case 'x':
    case 'X': {
      const box = row === undefined ? null : boxOf(row);
      if (row === undefined || box === null) return false;
      box.checked = !box.checked;
      toggleUpTo(box, key === 'X');
      focusRow(row);
      return true;
    }
    default:
      return false;
  }
}

/** Whether rows are selected, or somebody stands on one. */
export function rowsInHand(): boolean {
  return document.querySelector('[data-select]:checked') !== null || rowInHand() !== null;
}

/** Where none is selected, the row on which somebody stands. */
export function selectRow(): void {
  if (document.querySelector('[data-select]:checked') !== null) return;
  const row = rowInHand();
  const box = row === null ? null : boxOf(row);
  if (box !== null) check(box, true);
}

/** The box says by itself what it is now; with Shift all between it and the one before become the same. */
function toggleUpTo(box: HTMLInputElement, range: boolean): void {
  const row = box.closest('tr');
  const rows = shownRows();
  if (range && anchor !== null && row !== null) {
    const [from, to] = [rows.indexOf(anchor), rows.indexOf(row)].sort((a, b) => a - b);
    for (const between of rows.slice(from, (to ?? 0) + 1)) {
      const other = boxOf(between);
      if (other !== null) check(other, true);
    }
  }
  anchor = row;
  box.dispatchEvent(new Event('change', { bubbles: true }));
}

function check(box: HTMLInputElement, on: boolean): void {
  box.checked = on;
  box.dispatchEvent(new Event('change', { bubbles: true }));
}

/** Enter in a field of a menu presses the menu's own button, not the first one of the form. */
function pressTheirButton(event: KeyboardEvent): void {
  const field = event.target as HTMLElement;
  if (event.key !== 'Enter' || !field.matches('input:not([data-select])')) return;

  event.preventDefault();
  field.closest('[data-enter]')?.querySelector<HTMLButtonElement>('button[name="change"]')?.click();
}

/** Merging goes into the oldest of the selected, if nobody says otherwise. */
function suggestTarget(event: Event): void {
  const field = (event.target as Element).querySelector<HTMLInputElement>('[data-oldest-selected]');
  const numbers = [...document.querySelectorAll<HTMLInputElement>('[data-select]:checked')].map(({ value }) => +value);
  if (field?.value === '' && numbers.length > 1) field.value = String(Math.min(...numbers));
}

/** After a change the list is shown again; whoever works by keyboard goes on with the row that followed. */
function rememberNextRow(): void {
  const rows = shownRows();
  const last = rows.findLastIndex((row) => boxOf(row)?.checked === true);
  const next = [...rows.slice(last + 1), ...rows.slice(0, last).reverse()].find((row) => boxOf(row)?.checked !== true);
  if (next !== undefined) sessionStorage.setItem(NEXT_ROW, boxOf(next)?.value ?? '');
}

function returnToRow(): void {
  const number = sessionStorage.getItem(NEXT_ROW);
  sessionStorage.removeItem(NEXT_ROW);
  if (number !== null) focusRow(shownRows().find((row) => boxOf(row)?.value === number));
}

function focusRow(row: HTMLTableRowElement | undefined): void {
  if (row === undefined) return;
  linkOf(row)?.focus();
  row.scrollIntoView({ block: 'nearest' });
}

function rowInHand(): HTMLTableRowElement | null {
  return document.activeElement?.closest<HTMLTableRowElement>('[data-row]') ?? null;
}

const shownRows = (): HTMLTableRowElement[] =>
  [...document.querySelectorAll<HTMLTableRowElement>('[data-row]')].filter((row) => row.checkVisibility());
const linkOf = (row: HTMLElement): HTMLAnchorElement | null => row.querySelector('[data-open-link]');
const boxOf = (row: HTMLElement): HTMLInputElement | null => row.querySelector('[data-select]');
