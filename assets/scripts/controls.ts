/** One menu at a time; it closes by Escape and by a click elsewhere. */
export function enableMenus(): void {
  document.addEventListener('click', (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target as Node)) menu.open = false;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector('summary')?.focus();
    }
  });
}

function openMenus(): HTMLDetailsElement[] {
  return [...document.querySelectorAll<HTMLDetailsElement>('details.menu[open], details.ticket-subject[open]')];
}

export function enableCopying(): void {
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-copy]');
    if (button === null) return;

    void copy(button.dataset['copy'] ?? '');
  });
}

/** Browsers lend their clipboard to https pages only, and a desk in an office is often reached by http. */
async function copy(words: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
    tell(`Copied: ${words}`);
  } catch {
    tell(`The browser does not allow copying here. This is it: ${words}`);
  }
}

/** Filters take effect when they are changed; without scripts there is a button. */
export function submitOnChange(): void {
  document.addEventListener('change', (event) => {
    const field = event.target as HTMLElement;
    if (field.matches('[data-submit]')) field.closest('form')?.requestSubmit();
    if (field.matches('[data-select]')) countSelected();
  });
}

function countSelected(): void {
  const count = document.querySelectorAll('[data-select]:checked').length;
  for (const words of document.querySelectorAll('[data-selected-count]')) words.textContent = `${count} selected`;
}

/** After a form came back with faults, and after something was sent, that is where the reader goes on. */
export function focusWhatMatters(): void {
  document.querySelector<HTMLElement>('[data-focus]')?.focus();
}

/** Says something at the edge of the page, for eyes and for screen readers. */
export function tell(words: string): void {
  const place = document.querySelector('[data-toasts]');
  if (place === null) return;

  const toast = document.createElement('div');
  toast.className = 'toast';
  toast.textContent = words;
  place.append(toast);
  setTimeout(() => {
    toast.remove();
  }, 4_000);
}
