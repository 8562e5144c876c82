const COOKIE = 'punctual-zone';

/** Tells the server in which zone this browser lives, so that the next page speaks in it; this one is mended at once. */
export function tellZone(): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const field = document.querySelector<HTMLInputElement>('[data-zone-field]');
  if (field !== null && (field.value === 'UTC' || field.value === '')) field.value = zone;

  const named = document.querySelector('[data-zone-name]');
  document.cookie = `${COOKIE}=${zone}; path=/; max-age=31536000; samesite=lax`;
  if (named === null || named.textContent === zone) return;

  named.textContent = zone;
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-style="full"], time[data-style="short"]')) {
    time.textContent = inWords(new Date(time.dateTime));
  }
  document.body.dispatchEvent(new CustomEvent('zone-known'));
}

function inWords(at: Date): string {
  return at.toLocaleString('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  });
}
