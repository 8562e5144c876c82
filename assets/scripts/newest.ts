const ROOM_ABOVE = 12;

/** The thread begins with the oldest; what is to be answered stands at its end. Only the conversation moves, never the page around it. */
export function showNewest(): void {
  if (location.hash !== '') return;

  const newest = [...document.querySelectorAll<HTMLElement>('[data-ticket] .message')].at(-1);
  const frame = newest?.closest<HTMLElement>('.conversation, .ticket-body');
  if (newest === undefined || !frame) return;

  const pane = scrolls(frame) ? frame : frame.closest<HTMLElement>('.ticket-body');
  if (pane === null || !scrolls(pane)) return;
  pane.scrollTop += newest.getBoundingClientRect().top - pane.getBoundingClientRect().top - ROOM_ABOVE;
}

const scrolls = (pane: HTMLElement): boolean => getComputedStyle(pane).overflowY === 'auto';
